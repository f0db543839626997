"""Which checkpoint of transformers captions pictures, and how it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from vsfa_data.caption.prompted.captioner import PromptedOptions

if TYPE_CHECKING:
    pass


class TransformersOptions(PromptedOptions):
    """Which checkpoint, and how it is run."""

    model: str | None = None
    """Folder of a checkpoint, its name on the Hub (`org/name`) together with `revision`, or
    `embedded`: the one that `vsfa-data models install` makes."""
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$")
    """Commit on the Hub, 40 hex digits: a branch or tag may move, a commit does not."""
    max_pixels: int = Field(401_408, ge=784, le=16_777_216)
    """Width x height up to which pictures are shown; larger ones are scaled down before."""
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    """0 takes the likeliest token every time; above 0 tokens are drawn."""
    batch_size: int | None = Field(None, ge=1, le=4096)
    """Pictures of `max_pixels` in one batch to begin with; smaller ones go in larger numbers.
    Null: as many as should fit into the GPU's memory, at most 64; 8 on a CPU."""
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")
    """`auto`: a GPU where there is one, else the CPU."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """`auto`: bfloat16 on a GPU, float32 on a CPU."""
    quantize: Literal["none", "4bit"] = "none"
    """`4bit`: weights in 4 bits (NF4), through bitsandbytes."""
