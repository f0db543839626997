"""From a picture to the pixels that a model sees, done by Pillow: exact, and without torch.

Pillow is what CLIP's and SigLIP's authors resized with, and what open_clip resizes with. Faster
resizers (torchvision on uint8, Pillow's own `box`, JPEG decoding at a half) move a few pixels
by one step of 255, and then a vector by 1e-4: they are not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass(frozen=True)
class Resizing:
    """RGB image -> uint8[side_px, side_px, 3]; small enough to be sent to another process.

    `shortest` scales the shorter side to `side_px` and cuts the middle out of the longer one,
    `squash` scales both sides to `side_px` whatever the aspect.
    """

    side_px: int
    mode: Literal["shortest", "squash"]
    interpolation: Literal["bicubic", "bilinear"]
    middle: Literal["even", "down"] = "even"
    """Where the cut begins if what is left over is odd: rounded to even (open_clip), or down
    (transformers)."""

    def __call__(self, image: Image) -> NDArray[np.uint8]:
        """The pixels that the library's own transform makes, before they become floats."""
        import numpy as np
        from PIL.Image import Resampling

        side = self.side_px
        filtered = Resampling[self.interpolation.upper()]
        if self.mode == "squash":
            return np.asarray(_resized(image, (side, side), filtered))
        width, height = image.size
        if width <= height:
            size = (side, int(side * height / width))
        else:
            size = (int(side * width / height), side)
        left, top = (self._begin(length - side) for length in size)
        small = _resized(image, size, filtered)
        return np.asarray(small)[top : top + side, left : left + side]

    def _begin(self, left_over: int) -> int:
        return left_over // 2 if self.middle == "down" else round(left_over / 2)


def _resized(image: Image, size: tuple[int, int], filtered: int) -> Image:
    return image if image.size == size else image.resize(size, filtered)
