"""Work that goes on beside the caller: lanes of one thread each, a bounded number of jobs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

MAX_WAITING: Final = 2
"""Jobs that may wait: what they hold is all that a faster caller can pile up."""
_LANES: Final = 2
_T = TypeVar("_T")


class Background:
    """Does the jobs of a lane one after the other, in the order in which they are given.

    What a job raises is raised at the next call of `do` or `finish`; no job is begun after that.
    """

    def __init__(self) -> None:
        self._threads = [ThreadPoolExecutor(1, "writing") for _ in range(_LANES)]
        self._given = [0] * _LANES
        self._due: deque[Future[None]] = deque()

    def lane(self) -> int:
        """The lane that was given least to do, as `size` counts it."""
        return self._given.index(min(self._given))

    def do(self, job: Callable[[], None], lane: int = 0, size: int = 0) -> None:
        """Have a job done; waits while too many others do."""
        self._due.append(self._threads[lane].submit(job))
        self._given[lane] += size
        while len(self._due) > MAX_WAITING or (self._due and self._due[0].done()):
            self._next()

    def finish(self) -> None:
        """Wait until all is done. More may be given after that."""
        while self._due:
            self._next()

    def stop(self) -> None:
        """Begin no other job, wait for those that are being done, and forget what came of them."""
        for thread in self._threads:
            thread.shutdown(wait=False, cancel_futures=True)
        for thread in self._threads:
            thread.shutdown(wait=True)

    def _next(self) -> None:
        try:
            self._due.popleft().result()
        except BaseException:
            self.stop()
            raise


def ahead(items: Iterator[_T]) -> Iterator[_T]:
    """The items, each made in a thread while the caller works on the one before it."""
    with ThreadPoolExecutor(1, "reading") as thread:
        due = thread.submit(next, items, None)
        while (one := due.result()) is not None:
            due = thread.submit(next, items, None)
            yield one
