"""Work done ahead of who needs it, in order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last one shorter."""
    left = iter(items)
    while batch := list(itertools.islice(left, size)):
        yield batch


def ahead_of(
    pool: Executor, work: Callable[[Any], Any], items: Iterable[Any], ahead: int
) -> Generator[Any, None, None]:
    """`work` of each item, in order, with up to `ahead` of them under way."""
    waiting: deque[Future[Any]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
