"""Makes one safe, small, plain image file of whatever bytes a source offers."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from vsfa_data.collect import colour, decoding, jpeg, phash, resample
from vsfa_data.collect.decoding import FAILURES
from vsfa_data.collect.normalised import Limits, Normalised
from vsfa_data.collect.rejected import Rejected

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsProfile
    from PIL.ImageFile import ImageFile

    from vsfa_data.collect.resample import Box

JPEG_QUALITY: Final = 92
"""Chosen by eye: with full colour resolution, what it loses is not seen."""
PNG_LEVEL: Final = 6
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def normalise(data: bytes, limits: Limits) -> Normalised:
    """The same bytes for the same `data`, `limits` and versions of the libraries.

    Of an animation or a file of several pages the first picture is taken. A JPEG that only
    carries metadata keeps its pixels to the bit; other JPEGs are encoded anew, everything else
    becomes PNG. Sides and pixels are judged by the header, before anything is decoded.
    Raises Rejected: not_an_image, truncated, undecodable, too_many_pixels, too_small,
    too_elongated. Pillow's own pixel limit (twice Image.MAX_IMAGE_PIXELS) holds besides.
    """
    with decoding.quiet():
        source = decoding.opened(data)
        _check(source.size, limits)
        size = _fitted(source.size, limits.max_side_px)
        fits = size == source.size
        # A JPEG decodes faster at a half, quarter or eighth, which may end within a pixel.
        drafted = None if fits else source.draft(None, _with_margin(size))
        box = drafted[1] if drafted else (0.0, 0.0, float(source.width), float(source.height))
        decoding.load(source, data)
        with decoding.judged(data):  # what lacks a palette decodes all the same
            image = colour.widen(source)
        turn = _TURNS.get(_orientation(source))
        profile = colour.profile_of(source.info.get("icc_profile"), image.mode)
        if source.format not in {"JPEG", "MPO"}:
            return _png(_finished(image, size, box, profile, turn))
        is_plain = fits and turn is None and profile is None and image.mode != "CMYK"
        bare = jpeg.without_metadata(data) if is_plain else None
        if bare is not None and jpeg.is_overlong(bare, source.size, len(source.getbands())):
            bare = None
        if bare is not None and _same_pixels(bare, source):
            return _named(bare, "jpeg", source)
        return _jpeg(_finished(image, size, box, profile, turn))


def prepare() -> None:
    """Load what is loaded with the first picture otherwise, and would count as its time."""
    Image.preinit()
    phash.of(Image.new("L", (8, 8)))


def _check(size: tuple[int, int], limits: Limits) -> None:
    """Judge a size as the header states it; neither side nor aspect depends on orientation."""
    shorter, longer = sorted(size)
    shown = f"{size[0]} x {size[1]}"
    if shorter * longer > limits.max_pixels:
        raise Rejected("too_many_pixels", f"{shown} pixels, at most {limits.max_pixels} in all")
    if shorter < limits.min_side_px:
        raise Rejected("too_small", f"{shown} pixels, each side at least {limits.min_side_px}")
    if longer > limits.max_aspect * shorter:
        raise Rejected("too_elongated", f"{shown} pixels, at most {limits.max_aspect:g} : 1")


def _fitted(size: tuple[int, int], max_side_px: int) -> tuple[int, int]:
    """`size` scaled down so that its longer side is `max_side_px`; never scaled up."""
    longer = max(size)
    if longer <= max_side_px:
        return size
    width, height = (max(1, (side * max_side_px * 2 + longer) // (longer * 2)) for side in size)
    return width, height


def _with_margin(size: tuple[int, int]) -> tuple[int, int]:
    """What a JPEG may be decoded at: JPEG's own fractions blur, so a quarter more than `size`.

    By the PSNR against Lanczos on the original pixels of sharp photographs, that costs up to 3 dB
    and stays better than area averages of all pixels, which other collectors shrink by (measured).
    """
    return size[0] * 5 // 4, size[1] * 5 // 4


def _finished(
    image: Image.Image,
    size: tuple[int, int],
    box: Box,
    profile: ImageCmsProfile | None,
    turn: Image.Transpose | None,
) -> Image.Image:
    """The pixels that will be stored; shrunk first, so that the rest is done on fewer of them."""
    if image.size != size:
        image = resample.shrunk(image, size, box)
    image = colour.flatten(colour.to_srgb(image, profile))
    return image if turn is None else image.transpose(turn)


def _orientation(image: ImageFile) -> int:
    """1 to 8 as EXIF or XMP has it; 1 where they are broken, which costs no picture."""
    try:
        value = image.getexif().get(_ORIENTATION)
    except FAILURES:
        return 1
    return value if isinstance(value, int) else 1


def _same_pixels(bare: bytes, source: ImageFile) -> bool:
    """Whether the JPEG `bare` decodes to what `source` holds."""
    try:
        with Image.open(BytesIO(bare), formats=("JPEG",)) as again:
            return again.mode == source.mode and again.tobytes() == source.tobytes()
    except FAILURES:
        return False


def _png(image: Image.Image) -> Normalised:
    image.info = {}  # Pillow's encoder would write some of it
    file = BytesIO()
    image.save(file, "PNG", compress_level=PNG_LEVEL)
    return _named(file.getvalue(), "png", image)


def _jpeg(image: Image.Image) -> Normalised:
    image.info = {}
    file = BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4")
    return _named(file.getvalue(), "jpeg", image)


def _named(data: bytes, name: str, pixels: Image.Image) -> Normalised:
    """A file and the image that was put into it, with what identifies both."""
    return Normalised(
        image_id=hashlib.sha256(data).hexdigest(),
        image=data,
        format=name,
        width=pixels.width,
        height=pixels.height,
        phash=phash.of(pixels),
    )
