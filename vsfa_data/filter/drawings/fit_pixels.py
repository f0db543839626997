"""Icons as pixels: SVG rendered (by resvg), trimmed, and lines told from what they enclose."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE_PX: Final = 224
_MARGIN_PX: Final = 8
_RENDERED_PX: Final = 256
_SOLID: Final = 128
"""Opacity from which a pixel has a colour of its own."""
_BLACK: Final = 40
"""An icon whose channels all stay below is a line drawing."""
_LEAST_PX: Final = 200
"""Area of a drawing that shows anything."""


class Pixels(NamedTuple):
    """One icon, ready to be recoloured."""

    planes: NDArray[np.uint8]
    """[4, SIDE_PX, SIDE_PX]: red, green, blue, opacity. Of a line drawing the first is 255 where
    lines enclose something or are, the next two are 0."""
    lines: bool
    """Whether it is black alone."""


def svg(body: str, box: Sequence[float]) -> str:
    """A document of an icon's elements; what takes the text's colour is black."""
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    view = " ".join(f"{one:g}" for one in box)
    size = f'width="{_RENDERED_PX}" height="{_RENDERED_PX}"'
    return f'<svg {space} viewBox="{view}" {size}>{body.replace("currentColor", "#000")}</svg>'


def render(body: str, box: Sequence[float]) -> Image | None:
    """RGBA picture of an icon, or None if it cannot be read. Needs the package resvg-py."""
    import resvg_py
    from PIL import Image as Pillow

    try:
        data = bytes(resvg_py.svg_to_bytes(svg_string=svg(body, box)))
    except (ValueError, RuntimeError):
        return None
    return Pillow.open(io.BytesIO(data)).convert("RGBA")


def pixels(picture: Image) -> Pixels | None:
    """What is learned from, or None if next to nothing is seen."""
    from PIL import Image as Pillow

    seen = picture.getchannel("A").point([0] * 16 + [255] * 240).getbbox()
    if seen is None or (seen[2] - seen[0]) * (seen[3] - seen[1]) < _LEAST_PX:
        return None
    drawn = picture.crop(seen)
    scale = (SIDE_PX - 2 * _MARGIN_PX) / max(drawn.size)
    size = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
    drawn = drawn.resize(size, Pillow.Resampling.BICUBIC)
    square = Pillow.new("RGBA", (SIDE_PX, SIDE_PX), (0, 0, 0, 0))
    square.paste(drawn, ((SIDE_PX - size[0]) // 2, (SIDE_PX - size[1]) // 2))
    planes = np.array(square).transpose(2, 0, 1)
    solid = planes[3] > _SOLID
    lines = bool(solid.any() and planes[:3, solid].max() < _BLACK)
    if lines:
        planes[0] = _enclosed(planes[3])
        planes[1:3] = 0
    return Pixels(planes, lines)


def all_pixels(icons: Sequence[tuple[str, Sequence[float]]]) -> list[Pixels | None]:
    """Of bodies and boxes, by all cores; None for those that cannot be read or show nothing."""
    from multiprocessing import get_context

    with get_context("spawn").Pool() as pool:
        return pool.map(_pixels_of, icons, chunksize=64)


def _pixels_of(icon: tuple[str, Sequence[float]]) -> Pixels | None:
    picture = render(*icon)
    return None if picture is None else pixels(picture)


def _enclosed(opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """255 where lines are or enclose something, 0 outside."""
    from scipy.ndimage import label

    areas = label(opacity <= 100)[0]
    outside = areas == areas[0, 0]
    return np.where(outside, 0, 255 if areas[0, 0] else 0).astype(np.uint8)
