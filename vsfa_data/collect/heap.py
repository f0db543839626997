"""Memory that this process keeps for its next picture instead of handing it back.

Pictures come and go by the megabyte. glibc gives each of them back to the system, which clears
the same pages again for the next one: a fifth of the time of decoding, measured (more where the
machine is a virtual one). And what has been imported by now stays: Python's collector need not
look through it again and again for what could go.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

KEPT_BYTES: Final = 32 * 2**20
"""What is free at the end of the heap is kept up to this; larger blocks go back one by one."""
NEW_OBJECTS: Final = 20_000
"""Objects more than before, after which the collector looks for cycles; Python's default is 700."""
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3


def keep() -> None:
    """Have the C library keep up to KEPT_BYTES, on glibc, and the collector what there is now."""
    gc.freeze()
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):
            library = ctypes.CDLL(None)
            library.mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES)
            library.mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Have the collector look for cycles after NEW_OBJECTS, in a process that makes few of them.

    With thousands of requests under way it would walk through all of them again and again: that
    was more than half of the processor time of a list with many hosts that hang. Not where
    pictures are decoded: a cycle that holds one must not wait.
    """
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
