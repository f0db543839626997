"""Loading a CLIP-like model of transformers with its processor."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vsfa_data.errors import SetupError
from vsfa_data.filter import hub, loading
from vsfa_data.filter.transformers_files import Checkpoint
from vsfa_data.filter.transformers_model import Loaded

if TYPE_CHECKING:
    pass


def load(checkpoint: Checkpoint, precision: str, device: str, what: str) -> Loaded:
    """The model with all of its weights. Raises SetupError; random weights are never used."""
    import torch
    import transformers

    auto: Any = transformers
    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        with hub.offline(), _quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model, notes = auto.AutoModel.from_pretrained(
                checkpoint.folder,
                dtype=dtypes[precision],
                use_safetensors=True,
                output_loading_info=True,
                **safe,
            )
            processor = auto.AutoProcessor.from_pretrained(checkpoint.folder, **safe)
            images = auto.AutoImageProcessor.from_pretrained(
                checkpoint.folder, backend="pil", **safe
            )
            model = model.train(mode=False).to(device)
    except torch.OutOfMemoryError:
        raise SetupError(f"{what} does not fit into the GPU's memory. Use device: cpu") from None
    except loading.failures() as error:
        raise SetupError(f"{what}: {checkpoint.folder} {loading.said(error)}") from None
    _check(model, notes, what)
    return Loaded(model, processor, images, device, what)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without a progress bar for what takes a blink, and warnings of SigLIP 2's own settings."""
    from transformers.utils import logging

    said: Any = logging
    shown, level = said.is_progress_bar_enabled(), said.get_verbosity()
    said.disable_progress_bar()
    said.set_verbosity_error()
    try:
        yield
    finally:
        said.set_verbosity(level)
        if shown:
            said.enable_progress_bar()


def _check(model: Any, notes: dict[str, Any], what: str) -> None:
    """Raise SetupError for weights that were made up, and for models without features."""
    made_up = sorted(map(str, [*notes["missing_keys"], *notes["mismatched_keys"]]))
    if made_up:
        raise SetupError(
            f"{what}: the checkpoint lacks weights or has them in another shape ({made_up[0]}, "
            f"{len(made_up)} in all); they would be random"
        )
    if not all(hasattr(model, name) for name in ("get_image_features", "get_text_features")):
        raise SetupError(
            f"{what} is a {type(model).__name__}, which has no image and text features in one "
            f"space. Use a CLIP, SigLIP or SigLIP 2 checkpoint"
        )
