"""What goes through a model together, and what to do when memory runs out.

Batches are packed by tokens: those that a picture becomes, those of its prompt, those of its
reply. While one batch is with the model, the next one is made ready in a thread.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from vsfa_data.errors import ran_out_of_memory

Ready = TypeVar("Ready")
Result = TypeVar("Result")
Batch = list[int]
"""Numbers into the list of costs."""


@dataclass
class Budget:
    """How many tokens one batch may hold, padding counted: shrinks where memory ran out.

    A batch costs its number of pictures times the tokens of its largest, since the others are
    padded to it.
    """

    tokens: float

    def take(self, waiting: Sequence[int], costs: Sequence[int]) -> Batch:
        """The first of `waiting` that fit together, at least one; they come largest first."""
        if not waiting:
            return []
        return list(waiting[: max(1, int(self.tokens // max(costs[waiting[0]], 1)))])

    def shrink(self, batch: Batch, costs: Sequence[int]) -> bool:
        """Allow half of `batch` from now on; False if it is one picture already."""
        half = len(batch) // 2
        if half == 0:
            return False
        self.tokens = min(self.tokens, float(half * max(costs[at] for at in batch)))
        return True


@dataclass(frozen=True)
class Batches(Generic[Ready, Result]):
    """A way to run batches: `prepare` in a thread ahead, `run` here, `recover` frees memory."""

    budget: Budget
    prepare: Callable[[Batch], Ready]
    run: Callable[[Ready], list[Result]]
    recover: Callable[[], None] = lambda: None

    def over(self, costs: Sequence[int]) -> Iterator[tuple[int, Result]]:
        """Number and result of each unit, batch by batch, the largest units first.

        What is too large for memory then fails at once, and units of like size come together.
        Raises what `prepare` and `run` raise, and the error for want of memory if a single unit
        is too much.
        """
        waiting = sorted(range(len(costs)), key=lambda at: -costs[at])
        ahead: tuple[Batch, Future[Ready]] | None = None
        with ThreadPoolExecutor(1) as thread:
            while waiting:
                batch = self.budget.take(waiting, costs)
                if ahead is None or ahead[0] != batch:
                    ahead = None  # it would hold memory while the other is prepared
                    ahead = (batch, thread.submit(self.prepare, batch))
                now = ahead[1]
                following = self.budget.take(waiting[len(batch) :], costs)
                ahead = (following, thread.submit(self.prepare, following)) if following else None
                results, error = self._attempt(now)
                del now
                if results is None:
                    _wait(ahead)
                    ahead = None
                    self._recover(batch, costs, error)
                    continue
                waiting = waiting[len(batch) :]
                yield from zip(batch, results, strict=True)

    def _attempt(self, ready: Future[Ready]) -> tuple[list[Result] | None, str]:
        """Results, or None and the message if memory ran out."""
        try:
            return self.run(ready.result()), ""
        except (RuntimeError, MemoryError) as error:
            if not ran_out_of_memory(error):
                raise
            # Returning lets go of the traceback, which holds the tensors of every frame.
            return None, str(error)

    def _recover(self, batch: Batch, costs: Sequence[int], error: str) -> None:
        gc.collect()
        self.recover()
        if not self.budget.shrink(batch, costs):
            raise MemoryError(error)


def _wait(ahead: tuple[Batch, Future[Ready]] | None) -> None:
    """Let what is being prepared come to its end: until then its memory cannot be freed."""
    if ahead is not None:
        ahead[1].exception()
