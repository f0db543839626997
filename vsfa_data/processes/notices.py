"""Words from whoever works to whoever watches: why nothing moves, and that it moves again.

A worker process hands them to its parent through a pipe (pool.py), the engine to the build's
watcher. Where nobody listens they are lost: nothing depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MOST: Final = 1000
"""Characters of a notice: so few are written to a pipe in one piece."""

_listeners: Final[list[Callable[[str], None]]] = []


def tell(text: str) -> None:
    """Say why nothing moves; an empty text says that it moves again."""
    for hear in _listeners[-1:]:
        hear(text[:MOST])


def listen(hear: Callable[[str], None]) -> None:
    """From now on `hear` gets what is told in this process."""
    _listeners.append(hear)


@contextmanager
def listening(hear: Callable[[str], None]) -> Iterator[None]:
    """`hear` gets what is told in this process meanwhile."""
    listen(hear)
    try:
        yield
    finally:
        _listeners.remove(hear)
