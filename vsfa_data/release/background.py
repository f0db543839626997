"""Work that goes on beside the caller: one thread, in order, a bounded number of jobs at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

MAX_WAITING: Final = 2
"""Jobs that may wait: what they hold is all that a faster caller can pile up."""


class Background:
    """Does jobs one after the other, in the order in which they are given.

    What a job raises is raised at the next call of `do` or `finish`, and no later job is begun.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "writing")
        self._due: deque[Future[None]] = deque()

    def do(self, job: Callable[[], None]) -> None:
        """Have a job done; waits while too many others do."""
        self._due.append(self._thread.submit(job))
        while len(self._due) > MAX_WAITING or (self._due and self._due[0].done()):
            self._next()

    def finish(self) -> None:
        """Wait until all is done. More may be given after that."""
        while self._due:
            self._next()

    def stop(self) -> None:
        """Begin no other job, wait for the one that is being done, and forget what came of it."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> None:
        try:
            self._due.popleft().result()
        except BaseException:
            self.stop()
            raise
