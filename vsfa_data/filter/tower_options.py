"""What a recipe may say of an encoder that is a vision and a text tower."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vsfa_data.filter.resizing import has_simd
from vsfa_data.sections import Section


class TowerOptions(Section):
    """How a model is run."""

    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    """Number format of weights and activations; bf16 is faster on recent GPUs, slower on CPUs."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs; auto takes a GPU if there is one."""
    batch_size: int | None = Field(None, ge=1, le=65_536)
    """Images computed at a time. Null: 8 on a CPU; on a GPU 256, or less if memory is short."""
    exact_pixels: bool | None = None
    """Whether images are resized to the bit as the model's authors did it, by Pillow. Null: with
    fp32 only. Otherwise SIMD code does it in a sixth of the time, where this machine has it, and
    moves vectors by a tenth of what bf16 does."""

    def by_simd(self) -> bool:
        """Whether SIMD code resizes here, if the model's transform is one that it knows."""
        exact = self.precision == "fp32" if self.exact_pixels is None else self.exact_pixels
        return not exact and has_simd()
