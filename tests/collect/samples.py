"""Pictures for tests of collect, made by real encoders, and files that no encoder would make."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from vsfa_data.collect.normalised import Limits

SMALL = Limits(min_side_px=16, max_side_px=256, max_aspect=8.0, max_pixels=4_000_000)


def photo(width: int = 96, height: int = 64) -> Image.Image:
    """An RGB picture with slopes in every channel, another one in each corner."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def encode(image: Image.Image, name: str, **options: Any) -> bytes:
    """`image` as a file of the format `name`."""
    file = BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def decode(data: bytes) -> Image.Image:
    """The picture in a file that the test trusts."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def png(size: tuple[int, int], kind: tuple[int, int], rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG file written by hand: `kind` is (bit depth, colour type), `rows` are filtered."""
    header = struct.pack(">IIBBBBB", *size, *kind, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file."""
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def stored_as_rgb() -> bytes:
    """A JPEG of red, green, blue whose components have the numbers that YCbCr has elsewhere."""
    data = bytearray(encode(photo(), "JPEG", keep_rgb=True, comment=b"hush"))
    for marker, first, step in ((b"\xff\xc0", 10, 3), (b"\xff\xda", 5, 2)):
        start = data.index(marker) + first
        assert bytes(data[start : start + 3 * step : step]) == b"RGB"
        data[start : start + 3 * step : step] = b"\x01\x02\x03"
    return bytes(data)


def bomb(side: int = 30_000) -> bytes:
    """A PNG of side x side black pixels in some hundred thousand bytes; 1 bit a pixel."""
    packer, row = zlib.compressobj(9), bytes(1 + (side + 7) // 8)
    parts = [packer.compress(row) for _ in range(side)] + [packer.flush()]
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(parts)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF data as a telephone writes it: orientation, maker, place."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "SecretMaker"
    data[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)}
    return data


def wide_gamut_profile() -> bytes:
    """An ICC v2 profile whose primaries are those of Adobe RGB (1998), with gamma 2.2."""
    tags = {
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": _xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": _xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": _xyz(0.14919, 0.06322, 0.74457),
    }
    curve = b"curv" + bytes(4) + struct.pack(">IHxx", 1, 563)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(b"RGB ", tags)


def dark_gray_profile() -> bytes:
    """An ICC v2 profile for gray with gamma 1.0: levels are proportional to light."""
    curve = b"curv" + bytes(4) + struct.pack(">I", 0)
    return _profile(b"GRAY", {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"kTRC": curve})


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65_536) for value in values))


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"test\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    notice = b"text" + bytes(4) + b"none\0"
    listed = {b"desc": description, b"cprt": notice, **tags}
    table, data = struct.pack(">I", len(listed)), b""
    start = 128 + 4 + 12 * len(listed)
    for name, value in listed.items():
        padded = value + bytes(-len(value) % 4)
        table += struct.pack(">4sII", name, start + len(data), len(value))
        data += padded
    size = start + len(data)
    header = struct.pack(">I4xI4s4s4s", size, 0x02400000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + data
