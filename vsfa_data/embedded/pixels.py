"""What the classifier sees of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


SIDE_PX: Final = 260
"""Width and height of what the classifier sees."""
CROP: Final = 0.875
"""Share of the shorter side that it sees."""


def prepare(image: Image) -> NDArray[np.float32]:
    """What the classifier sees of an RGB image: float32[260, 260, 3], about -1..1."""
    import numpy as np
    from PIL.Image import Resampling

    side = min(image.size) * CROP
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    small = image.resize((SIDE_PX, SIDE_PX), Resampling.BICUBIC, box=box)
    return scaled(np.asarray(small))


def scaled(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Channel values 0..255 -> what the classifier was trained on, about -1..1."""
    values: NDArray[np.float32] = pixels.astype("float32")
    values -= 127.0
    values /= 128.0
    return values
