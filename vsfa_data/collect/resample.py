"""Shrinking pictures by a bicubic filter that weighs all pixels a new one stands for.

`cykooz-resizer` computes the very filter that Pillow has (Catmull-Rom, a = -0.5) several times
as fast, with the same bytes on every processor that it knows. Where it has no wheel, Pillow does
it, and single levels differ: both are named in the stage key, so that shards are never mixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from vsfa_data.collect import arrow

try:
    import cykooz_resizer as simd
except ImportError:
    simd = None

if TYPE_CHECKING:
    Box = tuple[float, float, float, float]

_KINDS: Final = {
    "L": "U8",
    "LA": "U8x2",
    "RGB": "U8x3",
    "RGBA": "U8x4",
    "CMYK": "U8x4",
    "RGBX": "U8x4",
}
"""Modes of Pillow that `shrunk` takes, and how their pixels lie in memory."""


def shrunk(image: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """The part `box` (left, upper, right, lower; fractions count) of `image` as `size` pixels.

    L, LA, RGB, RGBA and CMYK. What is transparent lends its colour to nothing.
    """
    if simd is None:
        return image.resize(size, Image.Resampling.BICUBIC, box)
    # Four bytes a pixel as they are, the last of which nobody looks at, or those that count.
    whole = arrow.pixels(image) if image.mode == "RGB" else None
    data, layout = (image.tobytes(), image.mode) if whole is None else (whole, "RGBX")
    kind = simd.PixelType[_KINDS[layout]]
    found = simd.ImageData(*size, kind)
    left, upper, right, lower = box
    simd.Resizer().resize(
        simd.ImageData(*image.size, kind, data),
        found,
        simd.ResizeOptions(
            resize_alg=simd.ResizeAlg.convolution(simd.FilterType.catmull_rom),
            crop_box=simd.CropBox(left, upper, right - left, lower - upper),
            use_alpha=image.mode in {"LA", "RGBA"},
        ),
    )
    return Image.frombytes(image.mode, size, found.get_buffer(), "raw", layout)
