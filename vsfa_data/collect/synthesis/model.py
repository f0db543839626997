"""A text-to-image pipeline of diffusers: shots in, PNG files out."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.synthesis.prompts import Shot
from vsfa_data.errors import SetupError, printable

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Drawing:
    """How pictures are made, and where: the source's options, all but the prompts."""

    steps: int
    guidance: float
    width_px: int
    height_px: int
    negative_prompt: str | None
    batch_size: int
    device: str
    dtype: str


class TextToImage:
    """A pipeline on one device."""

    def __init__(self, folder: Path, drawing: Drawing) -> None:
        """Load it: weights from safetensors, code from the libraries alone.

        Raises SetupError for a folder that cannot be loaded or does not draw from text.
        """
        self._drawing = drawing
        self._device = _device(drawing.device)
        with _quietly():
            self._pipeline = _load(folder, self._device, drawing.dtype)
        self._arguments = self._known_arguments(folder)

    def draw(self, shots: Sequence[Shot]) -> Iterator[bytes | Rejected]:
        """A PNG file for each shot, in order, or why there is none: `flagged`.

        A shot's noise comes from its own seed and is drawn on the CPU, whatever else is in its
        batch and wherever the model runs. Raises SetupError if memory runs out.
        """
        size = self._drawing.batch_size
        for start in range(0, len(shots), size):
            yield from self._batch(shots[start : start + size])

    def _batch(self, shots: Sequence[Shot]) -> Iterator[bytes | Rejected]:
        import torch

        generators = [torch.Generator("cpu").manual_seed(shot.seed) for shot in shots]
        arguments = dict(self._arguments)
        if "negative_prompt" in arguments:
            arguments["negative_prompt"] = [arguments["negative_prompt"]] * len(shots)
        try:
            with torch.inference_mode():
                made = self._pipeline(
                    prompt=[shot.prompt for shot in shots], generator=generators, **arguments
                )
        except RuntimeError as error:
            if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error):
                raise SetupError(
                    f"{len(shots)} pictures at once do not fit into the memory of {self._device}. "
                    f"Use a smaller 'batch_size', 'width_px' and 'height_px', or fewer --workers"
                ) from error
            raise
        flagged = getattr(made, "nsfw_content_detected", None) or [False] * len(shots)
        for image, is_flagged in zip(made.images, flagged, strict=True):
            # A flagged picture was blanked out: it is not one to learn from.
            yield Rejected("flagged") if is_flagged else _png(image)

    def _known_arguments(self, folder: Path) -> dict[str, Any]:
        """What the pipeline is called with. Raises SetupError for one that cannot be so called."""
        known = inspect.signature(self._pipeline.__call__).parameters
        drawing = self._drawing
        wanted: dict[str, Any] = {
            "num_inference_steps": drawing.steps,
            "guidance_scale": drawing.guidance,
            "width": drawing.width_px,
            "height": drawing.height_px,
        }
        if drawing.negative_prompt:
            wanted["negative_prompt"] = drawing.negative_prompt
        missing = [name for name in ("prompt", "generator", *wanted) if name not in known]
        if missing:
            remedy = ", or leave 'negative_prompt' out" if missing == ["negative_prompt"] else ""
            raise SetupError(
                f"{folder} is a {type(self._pipeline).__name__}, which takes no {missing[0]}. "
                f"Choose a text-to-image model, for example of Stable Diffusion{remedy}"
            )
        return wanted | {"output_type": "pil"}


def _load(folder: Path, device: str, dtype: str) -> Any:
    import diffusers
    import torch

    library: Any = diffusers  # whose own types say less than they should
    usual = "float32" if device == "cpu" else "bfloat16"
    kind = getattr(torch, usual if dtype == "auto" else dtype)
    try:
        pipeline = library.DiffusionPipeline.from_pretrained(
            str(folder),
            dtype=kind,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        said = printable(str(error))[:300] or type(error).__name__
        raise SetupError(
            f"{folder} cannot be loaded ({said}). Weights must be safetensors, and code that comes "
            f"with a model is never run"
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _device(wanted: str) -> str:
    """`cuda`, `mps` or `cpu`. Raises SetupError for a GPU that is not there."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = wanted.partition(":")[0]
    missing = {
        "cuda": not torch.cuda.is_available(),
        "mps": not torch.backends.mps.is_available(),
    }
    if missing.get(kind, False):
        raise SetupError(
            f"'device' is {wanted}, but torch {torch.__version__} finds no such device here. "
            f"Use device: auto"
        )
    return wanted


def _png(image: Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@contextmanager
def _quietly() -> Iterator[None]:
    """No progress bars and no remarks: what matters is raised."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    logs: list[Any] = [of_diffusers, of_transformers]
    before = [log.get_verbosity() for log in logs]
    for log in logs:
        log.set_verbosity_error()
        log.disable_progress_bar()
    try:
        yield
    finally:
        for log, verbosity in zip(logs, before, strict=True):
            log.set_verbosity(verbosity)
            log.enable_progress_bar()
