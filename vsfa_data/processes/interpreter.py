"""Settings of Python's interpreter, for as long as something goes on."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def turns_of(seconds: float) -> Iterator[None]:
    """Let threads take turns at the interpreter after so long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def no_cycles() -> Iterator[None]:
    """Do not look for cycles of objects, which the caller promises not to make many of.

    The search looks at every row that is held, again and again. All else is freed as ever.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
