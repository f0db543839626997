"""One run, from a release and a model to an adapter."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import MissingExtraError, SetupError
from vsfa_data.train import (
    adapter,
    base,
    checkpointing,
    lora,
    prepare,
    presets,
    record,
    release,
    setup,
    sharding,
)
from vsfa_data.train.arms import Arms
from vsfa_data.train.collate import Collator
from vsfa_data.train.folder import RunFolder
from vsfa_data.train.outline import Outline, Resolved, outline, resolve
from vsfa_data.train.prepare import SPLITS
from vsfa_data.train.problems import explained
from vsfa_data.train.settings import Settings
from vsfa_data.train.split import Split
from vsfa_data.train.watcher import Watcher
from vsfa_data.vision_attention import attend_at_once

_PACKAGES: Final = ("torch", "transformers", "peft", "accelerate")


@dataclass(frozen=True)
class Trained:
    """A finished adapter. `record` is its run.json; `reused` if it was there already."""

    path: Path
    record: dict[str, Any]
    reused: bool


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
    setup.quiet_libraries()
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
    if resolved.checkpointing:
        checkpointing.enable(model)
    return model


@dataclass(frozen=True)
class Lesson:
    """What is learned from: the splits train and validation; facts and budget, as in run.json."""

    splits: tuple[Split, Split]
    facts: dict[str, Any]
    budget: dict[str, Any] | None = None


def learned_from(
    of: Task, facts: dict[str, Any], data: Path, watcher: Watcher, arms: Arms | None
) -> Lesson:
    """The conversations, copied and measured by the first process that gets there.

    They lie in `data`, or in the folder of `arms`, whose budget they share.
    """
    if arms is not None:
        splits, budget = arms.splits(of, facts, watcher)
        if budget is not None:
            watcher.shared(budget)
        return Lesson(splits, facts, budget)
    limit = of.settings.limit
    wanted = None if limit is None else range(limit)
    prepare.read(of.source, wanted, data, (of.collator, of.resolved.workers), watcher)
    train, validation = (prepare.load(data, split, of.settings.max_length) for split in SPLITS)
    return Lesson((train, validation), facts)


def train(
    settings: Settings,
    out: Path,
    watcher: Watcher | None = None,
    *,
    restart: bool = False,
    arms: Arms | None = None,
) -> Trained:
    """Fine-tune, or go on with what an earlier call began, or find it finished.

    With `arms`, of which `settings.config` is one, the run gets its share of their budget. Raises
    UserError for a mistake, SetupError for what the machine lacks; then no adapter is left behind,
    and an older one is untouched.
    """
    watcher = watcher or Watcher()
    of = task(settings)
    setup.repeatable(on=settings.repeatable)
    names = arms.names if arms else ()
    facts = record.facts(of.source, of.base, settings, of.resolved, names)
    folder = RunFolder(out)
    with _held(folder), explained(settings, of.resolved):
        if not restart and (found := folder.finished(facts)) is not None:
            return Trained(folder.adapter, found, reused=True)
        if leads():
            folder.claim(facts, restart=restart)
        with _first(of.resolved):
            lesson = learned_from(of, facts, folder.data, watcher, arms)
        return _fitted(of, folder, model_with_lora(of), lesson, watcher)


def _fitted(of: Task, folder: RunFolder, model: Any, lesson: Lesson, watcher: Watcher) -> Trained:
    from vsfa_data.train import callbacks
    from vsfa_data.train.trainer import Data, PlannedTrainer

    splits = lesson.splits
    plan = outline(of.settings, *splits, lora.trainable(model), of.resolved.processes)
    newest = folder.newest_checkpoint()
    trainer = PlannedTrainer(
        model,
        _arguments(of, folder, plan, resumed=newest is not None),
        of.collator,
        Data(splits[0].rows, plan.batches),
        Data(splits[1].rows, plan.validation),
    )
    callbacks.replace_printer(trainer, callbacks.Companion(folder, plan, watcher))
    trainer.train(resume_from_checkpoint=None if newest is None else str(newest))
    metrics = callbacks.metrics(trainer.state.log_history)
    run = (of.source, of.base, of.settings, of.resolved)
    made = record.compose(run, lesson.facts, splits, plan, metrics) | {"budget": lesson.budget}
    weights = trainer.gathered_weights()
    if leads():
        parts = adapter.Parts(model, of.processor, of.base, weights)
        made = adapter.write(folder.adapter, parts, made, metrics)
        folder.drop()
    trainer.accelerator.wait_for_everyone()
    return Trained(folder.adapter, made, reused=False)


def _arguments(of: Task, folder: RunFolder, plan: Outline, *, resumed: bool) -> Any:
    from vsfa_data.train.trainer import training_arguments

    settings, resolved = of.settings, of.resolved
    on_gpu = resolved.device == "cuda"
    if settings.log_to == "tensorboard":
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder.out / "tensorboard")
    if settings.log_to == "trackio":
        os.environ.setdefault("TRACKIO_DIR", str(folder.out / "trackio"))
    return training_arguments(
        folder.checkpoints,
        report_to=settings.log_to,
        max_steps=plan.steps,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=resolved.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(settings.warmup * plan.steps),
        logging_steps=1 if plan.steps <= 1000 else 10,
        eval_on_start=not resumed and bool(plan.validation),
        save_strategy="steps",
        save_steps=plan.save_every,
        bf16=resolved.dtype == "bfloat16",
        use_cpu=not on_gpu,
        ddp_backend="gloo" if resolved.processes > 1 and not on_gpu else None,
        ddp_find_unused_parameters=False,
        dataloader_num_workers=resolved.workers,
        dataloader_prefetch_factor=2 if resolved.workers else None,
        dataloader_pin_memory=on_gpu,
        seed=settings.seed,
    )


@contextlib.contextmanager
def _held(folder: RunFolder) -> Iterator[None]:
    """The folder, locked by the process that leads."""
    if leads():
        with folder:
            yield
    else:
        yield


@contextlib.contextmanager
def _first(resolved: Resolved) -> Iterator[None]:
    """One process of each machine goes through the block before the others do."""
    from accelerate import PartialState

    with PartialState(cpu=resolved.device == "cpu").local_main_process_first():
        yield
