"""Untrusted bytes -> a Pillow image whose pixels are in memory, or the reason why not."""

from __future__ import annotations

import logging
import os
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PIL import Image, UnidentifiedImageError

from vsfa_data.collect import jpeg
from vsfa_data.collect.rejected import Rejected

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FAILURES: Final = (
    OSError,  # Pillow's own word for most things, UnidentifiedImageError included
    SyntaxError,  # a header that breaks its format's rules
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    LookupError,
    ArithmeticError,
    EOFError,
    NotImplementedError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders are known to raise for bytes that are not as they should be.

Not MemoryError: it tells of the machine, and what it tells would stay in a finished shard.
"""


@dataclass(frozen=True)
class _Format:
    """An allowed format: how its files begin, and whether one of them is all there."""

    begins: re.Pattern[bytes]
    is_whole: Callable[[bytes], bool]


def _tiff_is_whole(data: bytes) -> bool:
    order: Literal["little", "big"] = "little" if data.startswith(b"II") else "big"
    is_big = b"+" in data[2:4]
    place = data[8:16] if is_big else data[4:8]
    return 8 <= int.from_bytes(place, order) <= len(data) - 2


FORMATS: Final = {
    "JPEG": _Format(re.compile(rb"\xff\xd8\xff"), lambda data: b"\xff\xd9" in data[2:]),
    "PNG": _Format(re.compile(rb"\x89PNG\r\n\x1a\n"), lambda data: b"IEND" in data[-4096:]),
    "GIF": _Format(re.compile(rb"GIF8[79]a"), lambda data: data.rstrip(b"\0").endswith(b";")),
    "WEBP": _Format(
        re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
        lambda data: int.from_bytes(data[4:8], "little") + 8 <= len(data),
    ),
    "BMP": _Format(
        re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL),
        lambda data: int.from_bytes(data[2:6], "little") <= len(data),
    ),
    "TIFF": _Format(re.compile(rb"II[*+]\0|MM\0[*+]"), _tiff_is_whole),
}
"""What pictures on the web, from cameras and from scanners come in.

Not allowed: EPS, PDF, WMF (programs, not pixels; Pillow may start Ghostscript), SVG (text that
may fetch), PSD, FITS, HDF5, ICO, ICNS, CUR (containers of other things), JPEG 2000 and AVIF
(large decoders, few pictures), and what is rare. Every decoder more is a door more.
"""


def opened(data: bytes) -> ImageFile:
    """The picture's header as a Pillow image; nothing is decoded before `load`.

    Raises Rejected: not_an_image, truncated, undecodable, too_many_pixels.
    """
    name = format_of(data)
    if name is None:
        raise Rejected("not_an_image", None if data else "no bytes")
    if name == "JPEG" and jpeg.has_too_many_scans(data):
        raise Rejected("undecodable", f"JPEG: more than {jpeg.MAX_SCANS} scans")
    try:
        return Image.open(BytesIO(data), formats=(name,))
    except FAILURES as error:
        raise _rejected(data, name, error) from None


def load(image: ImageFile, data: bytes) -> None:
    """Decode `image`, which was opened from `data`. Raises Rejected: truncated, undecodable."""
    with judged(data), _silent_libtiff() if image.format == "TIFF" else nullcontext():
        image.load()


@contextmanager
def judged(data: bytes) -> Iterator[None]:
    """Lay it on the picture in `data` if Pillow fails within: raises Rejected as `load` does."""
    try:
        yield
    except FAILURES as error:
        raise _rejected(data, format_of(data) or "", error) from None


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps what Pillow warns of and logs from a reader who can do nothing about it."""
    logger, silent = logging.getLogger("PIL"), logging.NullHandler()
    logger.addHandler(silent)  # without any handler, Python prints to stderr
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(silent)


@contextmanager
def _silent_libtiff() -> Iterator[None]:
    """The C library prints what Pillow raises anyway, so its descriptor is turned away."""
    try:
        kept = os.dup(2)
    except OSError:  # the process has no stderr
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def format_of(data: bytes) -> str | None:
    """Name of the allowed format whose signature `data` begins with, or None."""
    return next((name for name, known in FORMATS.items() if known.begins.match(data)), None)


def _rejected(data: bytes, name: str, error: BaseException) -> Rejected:
    if isinstance(error, UnidentifiedImageError):  # its message holds an object's address
        message = "the header is not valid"
    else:
        message = re.sub(r"0x[0-9a-fA-F]{6,}", "0x", " ".join(str(error).split()))
    shown = (message or type(error).__name__).encode("ascii", "backslashreplace").decode()
    if isinstance(error, Image.DecompressionBombError):
        reason = "too_many_pixels"
    elif "truncated" in message.lower() or not FORMATS[name].is_whole(data):
        reason = "truncated"
    else:
        reason = "undecodable"
    return Rejected(reason, f"{name}: {shown[:200]}")
