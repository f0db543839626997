"""From a picture to the pixels that a model sees, without torch: exactly, or several times as fast.

Pillow is what CLIP's and SigLIP's authors resized with, and what open_clip resizes with. SIMD code
rounds its weights to 16 bits, which moves pixels by a step of 255 here and there. Seen with the
embedded classifier on 40 pictures of the sample, 1 - cosine in the median: 7e-5, beside 8e-4 for
computing in bf16 and 7e-6 for fp16.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


def has_simd() -> bool:
    """Whether this machine has SIMD code for it: there are no wheels for Linux on ARM."""
    return importlib.util.find_spec("cykooz_resizer") is not None


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

    simd: bool = False
    """Whether SIMD code computes it; only where `has_simd`."""

    def __call__(self, image: Image) -> NDArray[np.uint8]:
        """The pixels that the library's own transform makes, before they become floats."""
        side, (width, height) = self.side_px, image.size
        if self.mode == "squash":
            return self._resized(image, (side, side), (0, 0))
        if width <= height:
            size = (side, int(side * height / width))
        else:
            size = (int(side * width / height), side)
        return self._resized(image, size, (self._begin(size[0]), self._begin(size[1])))

    def _begin(self, length: int) -> int:
        left_over = length - self.side_px
        return left_over // 2 if self.middle == "down" else round(left_over / 2)

    def _resized(
        self, image: Image, size: tuple[int, int], corner: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """The square from `corner` on of the picture at `size`."""
        import numpy as np
        from PIL.Image import Resampling

        if self.simd and image.size != size:
            return _by_simd(image, size, corner, self)
        if image.size != size:
            image = image.resize(size, Resampling[self.interpolation.upper()])
        (left, top), side = corner, self.side_px
        return np.asarray(image)[top : top + side, left : left + side]


def _by_simd(
    image: Image, size: tuple[int, int], corner: tuple[int, int], chosen: Resizing
) -> NDArray[np.uint8]:
    """As `Resizing._resized`; what is cut off is not computed."""
    import cykooz_resizer as simd
    import numpy as np

    side, kind = chosen.side_px, simd.PixelType.U8x3
    across, down = image.width / size[0], image.height / size[1]
    filters = {"bicubic": simd.FilterType.catmull_rom, "bilinear": simd.FilterType.bilinear}
    found = simd.ImageData(side, side, kind)
    simd.Resizer().resize(
        simd.ImageData(*image.size, kind, image.tobytes()),
        found,
        simd.ResizeOptions(
            resize_alg=simd.ResizeAlg.convolution(filters[chosen.interpolation]),
            crop_box=simd.CropBox(corner[0] * across, corner[1] * down, side * across, side * down),
            use_alpha=False,
        ),
    )
    return np.frombuffer(found.get_buffer(), np.uint8).reshape(side, side, 3)
