"""Memory that a process shares with its decoders: what they make crosses no pipe.

An anonymous file in memory (Linux) rather than `multiprocessing.shared_memory`: containers often
give `/dev/shm` 64 MB, and a process that writes beyond them is killed.
"""

from __future__ import annotations

import math
import mmap
import os
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Slot(NamedTuple):
    """Where a decoder may put arrays of one shape and dtype; can be pickled."""

    file: str
    inode: int
    begin: int
    shape: tuple[int, ...]
    """The number of arrays, and the shape of each."""
    dtype: str


class Slots:
    """Slots for `rows` arrays each, lent and had again. No thread but one lends."""

    def __init__(self, count: int, rows: int) -> None:
        self._count, self._rows = count, rows
        self._memory: mmap.mmap | None = None
        self._free: list[Slot] = []
        self._is_made = False

    def lend(self) -> Slot | None:
        """A slot that nobody has, the last one given back; None if there is none."""
        return self._free.pop() if self._free else None

    def like(self, example: NDArray[Any]) -> None:
        """Make the slots, for arrays like `example`; once. Without such memory there are none."""
        if self._is_made:
            return
        self._is_made = True
        size = self._rows * example.nbytes
        try:
            descriptor = _anonymous(self._count * size)
            self._memory = mmap.mmap(descriptor, self._count * size)
        except OSError:
            return
        weakref.finalize(self, os.close, descriptor)
        file, inode = f"/proc/{os.getpid()}/fd/{descriptor}", os.fstat(descriptor).st_ino
        shape, dtype = (self._rows, *example.shape), example.dtype.str
        begins = range(self._count * size - size, -1, -size)
        self._free = [Slot(file, inode, begin, shape, dtype) for begin in begins]

    def had(self, slot: Slot) -> Sequence[NDArray[Any]]:
        """What is in it. It is lent again once nobody holds any of these arrays."""
        import numpy as np

        if self._memory is None:
            raise RuntimeError("nothing was lent")
        whole = np.frombuffer(self._memory, slot.dtype, math.prod(slot.shape), slot.begin)
        weakref.finalize(whole, self._free.append, slot).atexit = False
        rows: Sequence[NDArray[Any]] = list(whole.reshape(slot.shape))
        return rows


def put(slot: Slot, arrays: Sequence[NDArray[Any] | None]) -> bool:
    """Put arrays into a slot, in any process; whether they went in."""
    import numpy as np

    kinds = {(one.shape, one.dtype.str) for one in arrays if one is not None}
    if len(arrays) > slot.shape[0] or kinds - {(slot.shape[1:], slot.dtype)}:
        return False
    try:
        memory = _mapped(slot.file, slot.inode)
    except OSError:
        return False
    rows = np.frombuffer(memory, slot.dtype, math.prod(slot.shape), slot.begin)
    for row, one in zip(rows.reshape(slot.shape), arrays, strict=False):
        if one is not None:
            row[...] = one
    return True


@dataclass(frozen=True)
class Putting:
    """`ready` for a whole chunk, into a slot if there is one; can be pickled if `ready` can."""

    ready: Callable[[Any], tuple[Any, Any]]

    def __call__(self, work: tuple[Sequence[Any], Slot | None]) -> tuple[list[Any], bool]:
        """What `ready` said of each item, and False.

        Or True in the place of each array that went into the slot, and True.
        """
        chunk, slot = work
        found = [self.ready(item) for item in chunk]
        if slot is None or not put(slot, [seen for seen, _ in found]):
            return found, False
        return [(None if seen is None else True, beside) for seen, beside in found], True


@lru_cache(2)
def _mapped(file: str, inode: int) -> mmap.mmap:  # noqa: ARG001  # numbers of files are used again
    with Path(file).open("r+b", buffering=0) as opened:
        return mmap.mmap(opened.fileno(), 0)


def _anonymous(size: int) -> int:
    if not hasattr(os, "memfd_create"):
        raise OSError("only Linux has anonymous files")
    descriptor = os.memfd_create("vsfa-data")
    os.ftruncate(descriptor, size)
    return descriptor
