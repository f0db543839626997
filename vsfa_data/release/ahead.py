"""Items that a thread makes while the caller works on earlier ones, or on others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

_T = TypeVar("_T")


class Ahead(Generic[_T]):
    """Iterates over `items`, which are being made from now on.

    One is made, and while those that wait for the caller weigh less than `most`, another one. What
    making it raises is raised in its place. Use as a context: leaving it ends the thread.
    """

    def __init__(self, items: Iterator[_T], most: int, weigh: Callable[[_T], int]) -> None:
        self._items, self._most, self._weigh = items, most, weigh
        self._made: SimpleQueue[tuple[_T, int] | None] = SimpleQueue()
        self._room = threading.Condition()
        self._waiting, self._left = 0, False
        self._thread = ThreadPoolExecutor(1, "reading")
        self._making = self._thread.submit(self._make)

    def __iter__(self) -> Iterator[_T]:
        while (made := self._made.get()) is not None:
            one, size = made
            with self._room:
                self._waiting -= size
                self._room.notify()
            del made
            yield one
        self._making.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._room:
            self._left = True
            self._room.notify()
        self._thread.shutdown(wait=True)

    def _make(self) -> None:
        try:
            for one in self._items:
                size = self._weigh(one)
                with self._room:
                    self._waiting += size
                self._made.put((one, size))
                # Or it would be held until the next one is there.
                del one
                with self._room:
                    self._room.wait_for(lambda: self._left or self._waiting < self._most)
                    if self._left:
                        return
        finally:
            self._made.put(None)
