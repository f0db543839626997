"""What a run is made of before it begins: the release, the model, what is learned from."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import Any, Final

from vsfa_data.errors import MissingExtraError, SetupError
from vsfa_data.processes.quiet import quiet_libraries
from vsfa_data.train import (
    base,
    checkpointing,
    lora,
    lora_sum,
    padding,
    presets,
    release,
    setup,
    sharding,
)
from vsfa_data.train.collate import Collator
from vsfa_data.train.outline import Resolved, resolve
from vsfa_data.train.prepare import SPLITS
from vsfa_data.train.settings import Settings
from vsfa_data.vision_attention import attend_at_once

_PACKAGES: Final = ("torch", "transformers", "peft", "accelerate")


@dataclass(frozen=True)
class Task:
    """All that is known before a model is loaded."""

    settings: Settings
    source: release.Source
    base: base.Base
    resolved: Resolved
    processor: Any
    preset: presets.Preset

    @property
    def collator(self) -> Collator:
        """What makes its batches."""
        return Collator(self.processor, self.preset, self.resolved.max_image_px)


def require_packages() -> None:
    """Raise MissingExtraError unless training can be done here."""
    for module in _PACKAGES:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError("training", base.EXTRA, module)


def _require_logger(package: str) -> None:
    if package != "none" and importlib.util.find_spec(package) is None:
        raise SetupError(
            f"--log-to {package} needs the package '{package}'. Run: pip install {package}"
        )


def processes() -> int:
    """Processes that train together: as many as `accelerate launch` has started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def leads() -> bool:
    """Whether this process is the one that writes and talks."""
    return os.environ.get("RANK", "0") == "0"


def task(settings: Settings) -> Task:
    """Look at everything that can be looked at cheaply. Raises UserError for the first mistake."""
    require_packages()
    _require_logger(settings.log_to)
    quiet_libraries()
    device = setup.device(settings.device)
    if settings.quantize != "none" and device == "cpu":
        # bitsandbytes repacks weights there when a model is evaluated, and never back.
        raise SetupError(
            "--quantize 4bit needs a CUDA GPU, and this run is on the CPU. Run it with "
            "--quantize none"
        )
    source = release.open_source(settings.dataset, settings.config, SPLITS)
    found = base.locate(settings.model, settings.base_id)
    preset = presets.choose(settings.preset, found.config)
    resolved = resolve(settings, preset, device, processes())
    processor = base.load_processor(found, preset[1])
    return Task(settings, source, found, resolved, processor, preset[1])


def model_with_lora(of: Task) -> Any:
    """The base model, loaded and frozen, with fresh LoRA weights drawn with the run's seed."""
    from transformers import set_seed

    settings, resolved = of.settings, of.resolved
    model = base.load_model(of.base, resolved.dtype, settings.quantize)
    set_seed(settings.seed)
    model = lora.attach(
        model,
        resolved.lora_target,
        rank=settings.rank,
        alpha=settings.alpha,
        dropout=settings.dropout,
    )
    sharding.name_layers(model)
    if resolved.dtype == "bfloat16":  # it runs under autocast, in the trainer
        lora.spare_casts(model)
    if resolved.device == "cuda":
        attend_at_once(model)
        padding.attend_without_mask(model)
        lora_sum.add_at_once(model)
    if resolved.checkpointing:
        checkpointing.enable(model)
    return model
