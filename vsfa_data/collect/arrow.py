"""The pixels of a Pillow image as they lie in memory, by the Arrow C data interface.

Pillow's own `tobytes` packs them row by row first: for RGB, which it keeps in four bytes a pixel,
that takes as long as shrinking the picture does.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

BYTES_PER_PIXEL: Final = 4


class _Array(ctypes.Structure):
    """`struct ArrowArray`, as its specification fixes it for good."""


_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


def pixels(image: Image.Image) -> bytes | None:
    """Four bytes a pixel, row after row, of a loaded image of that many; None if it is not so.

    Pillow keeps a very large image in several blocks, which are no Arrow array.
    """
    try:
        _, capsule = image.__arrow_c_array__()
    except (AttributeError, ValueError, MemoryError):
        return None
    array = ctypes.cast(_pointer(capsule, b"arrow_array"), ctypes.POINTER(_Array)).contents
    if array.n_children != 1 or array.offset:
        return None
    channels = array.children[0].contents
    size = image.width * image.height * BYTES_PER_PIXEL
    if channels.length != size or channels.offset or channels.n_buffers != 2:
        return None
    return ctypes.string_at(channels.buffers[1], size)
