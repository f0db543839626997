"""Work that goes on beside the caller: lanes of one thread each, a bounded number of jobs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

MAX_DUE: Final = 2
"""Jobs of a lane that are being done or wait: what they hold is all that a faster caller can pile
up. With one alone, a lane would stand idle until the caller has the next one."""
_LANES: Final = 2


class Background:
    """Does the jobs of a lane one after the other, in the order in which they are given.

    What a job raises is raised at the next call of `do` or `finish`; no job is begun after that.
    """

    def __init__(self) -> None:
        self._threads = [ThreadPoolExecutor(1, "writing") for _ in range(_LANES)]
        self._given = [0] * _LANES
        self._due: list[deque[Future[None]]] = [deque() for _ in range(_LANES)]

    def lane(self) -> int:
        """The lane that was given least to do, as `size` counts it."""
        return self._given.index(min(self._given))

    def do(
        self, job: Callable[[], None], lane: int = 0, size: int = 0, *, at_once: bool = False
    ) -> None:
        """Have a job done; waits while the lane has too many others, unless told not to."""
        self._due[lane].append(self._threads[lane].submit(job))
        self._given[lane] += size
        for due in self._due:
            while due and due[0].done():
                self._next(due)
        while len(self._due[lane]) > MAX_DUE and not at_once:
            self._next(self._due[lane])

    def finish(self) -> None:
        """Wait until all is done. More may be given after that."""
        for due in self._due:
            while due:
                self._next(due)

    def stop(self) -> None:
        """Begin no other job, wait for those that are being done, and forget what came of them."""
        for thread in self._threads:
            thread.shutdown(wait=False, cancel_futures=True)
        for thread in self._threads:
            thread.shutdown(wait=True)

    def _next(self, due: deque[Future[None]]) -> None:
        try:
            due.popleft().result()
        except BaseException:
            self.stop()
            raise
