"""The 64-bit perceptual hash that `imagehash.phash` computes, bit for bit, several times as fast.

Of the picture in gray at 32 x 32 pixels, the 8 x 8 lowest frequencies of a cosine transform: each
bit says whether one of them is above their median. In whole numbers, so that no processor and no
library rounds a flat picture's zeros to one side or the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE: Final = 32
FREQUENCIES: Final = 8
_SCALE: Final = 2**20
"""Of the cosines; sums of 1,024 products with two of them stay below 2**63."""


def of(image: Image.Image) -> str:
    """The hash of a picture in any mode that Pillow converts to gray, as 16 hex digits."""
    small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    pixels = np.frombuffer(small.tobytes(), np.uint8).reshape(SIDE, SIDE).astype(np.int64)
    cosines = _cosines()
    lowest = (cosines @ pixels @ cosines.T).ravel()
    ranked = np.sort(lowest)
    middle = len(ranked) // 2
    twice_the_median = ranked[middle - 1] + ranked[middle]
    return np.packbits(2 * lowest > twice_the_median).tobytes().hex()


@lru_cache(1)
def _cosines() -> NDArray[np.int64]:
    """Rows of the transform, one a frequency."""
    frequency, place = np.ogrid[:FREQUENCIES, :SIDE]
    cosines = np.cos(np.pi * frequency * (2 * place + 1) / (2 * SIDE))
    whole: NDArray[np.int64] = np.rint(_SCALE * cosines).astype(np.int64)
    return whole
