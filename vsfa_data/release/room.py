"""Memory that a thread uses again and again, so that the system need not clear it each time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Room:
    """Bytes that are there for one use at a time."""

    def __init__(self) -> None:
        self._held = np.empty(0, np.uint8)

    def of(self, size: int) -> NDArray[np.uint8]:
        """So many bytes, until the next call."""
        if len(self._held) < size:
            self._held = np.empty(1 << size.bit_length(), np.uint8)
        return self._held[:size]


class _Rooms(threading.local):
    """One for each thread."""

    def __init__(self) -> None:
        self.room = Room()


_ROOMS: Final = _Rooms()


def of_this_thread() -> Room:
    """The room of the thread that asks; it ends with the thread."""
    return _ROOMS.room
