"""Which icons are near-duplicates of a picture that the filter is measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.collect import phash

if TYPE_CHECKING:
    from PIL.Image import Image

BITS: Final = 4
"""Perceptual hashes that differ in so many bits are of the same drawing."""
_NEARLY_WHITE: Final = 250

Hashes = NDArray[np.uint64]


def hashes(pictures: Iterable[Image]) -> Hashes:
    """Perceptual hashes of RGB pictures."""
    return np.array([int(phash.of(one), 16) for one in pictures], np.uint64)


def on_white(picture: Image) -> Sequence[Image]:
    """An RGBA picture on white, as it is and without white borders."""
    from PIL import Image as Pillow

    white = Pillow.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    whole = white.convert("RGB")
    ink = whole.convert("L").point([255] * _NEARLY_WHITE + [0] * (256 - _NEARLY_WHITE)).getbbox()
    return [whole] if ink is None else [whole, whole.crop(ink)]


def is_near(picture: Image, measured: Hashes) -> bool:
    """Whether an RGBA icon, either way, is within BITS of one of the hashes."""
    found = hashes(on_white(picture))
    differing = np.bitwise_count(found[:, None] ^ measured[None])
    return bool((differing <= BITS).any())
