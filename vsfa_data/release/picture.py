"""Whether published bytes are a picture that anybody can decode."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from typing import Final

from vsfa_data import pictures
from vsfa_data.release.markdown import one_line

MAX_PIXELS: Final = 178_956_970
"""Pixels of a picture that is decoded, at most: where Pillow itself would refuse."""


def picture_problem(data: bytes, size: tuple[int, int]) -> str | None:
    """Why `data` is no PNG or JPEG of that width and height, or None if it is."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as header:
                if header.size != size:
                    return f"the picture is {_shape(header.size)}, not {_shape(size)}"
                if header.width * header.height > MAX_PIXELS:
                    return "the picture has too many pixels to be decoded"
            pictures.decode(data)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        return f"the picture cannot be decoded ({one_line(str(error))})"
    except Image.DecompressionBombError:
        return "the picture has too many pixels to be decoded"
    return None


def _shape(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"
