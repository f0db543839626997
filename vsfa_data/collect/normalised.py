"""What goes into the normaliser and what comes out of it, for those who do not decode.

Apart from `normalise.py`, whose libraries are only loaded where pictures are decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsfa_data.recipe import CollectSection


@dataclass(frozen=True)
class Limits:
    """Which pictures are taken and how large they become; the recipe's `collect` says more."""

    min_side_px: int = 64
    max_side_px: int = 1024
    max_aspect: float = 8.0
    max_pixels: int = 80_000_000

    @classmethod
    def of(cls, section: CollectSection) -> Limits:
        """The limits that a recipe sets."""
        return cls(section.min_side_px, section.max_side_px, section.max_aspect, section.max_pixels)


@dataclass(frozen=True)
class Normalised:
    """A picture in sRGB or gray, upright, opaque, without metadata, as a PNG or JPEG file.

    `image_id` is the sha256 of `image`. `phash` is the perceptual hash of the pixels that were
    encoded: what a JPEG loses thereby turns a bit in few of them.
    """

    image_id: str
    image: bytes
    format: str
    width: int
    height: int
    phash: str
