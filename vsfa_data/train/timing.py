"""How long a run will take here, from a few batches that were tried."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vsfa_data.train.outline import Outline
from vsfa_data.train.plan import Batch

TRIES: Final = 3
"""How often a batch is timed."""
PATIENCE_S: Final = 10.0
"""After so many seconds it is not timed again."""


@dataclass(frozen=True)
class Tried:
    """A batch of `size` padded tokens: seconds to learn from it, and to compute its loss alone."""

    size: int
    learning: float
    looking: float


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take, by what was `tried`: the usual batch and the longest."""

    seconds_per_step: float
    """The mean; the evaluations are not in it."""
    slowest_step: float
    """One of the longest batches alone."""
    evaluations: float
    """Seconds of all evaluations of the run together."""
    seconds: float
    """All of the run, but for what a checkpoint takes to be written."""


def median_seconds(what: Callable[[], object]) -> float:
    """Seconds that a call takes: the median of some, fewer where one takes long."""
    taken, began = list[float](), time.perf_counter()
    while len(taken) < TRIES and (not taken or time.perf_counter() - began < PATIENCE_S):
        start = time.perf_counter()
        what()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def size(batch: Batch, lengths: Sequence[int]) -> int:
    """Tokens of a batch with its padding."""
    return len(batch) * max(lengths[at] for at in batch)


def usual_and_longest(batches: Sequence[Batch], lengths: Sequence[int]) -> tuple[Batch, Batch]:
    """The batch that as many are larger as are smaller than, and the largest."""
    ordered = sorted(batches, key=lambda batch: size(batch, lengths))
    return ordered[len(ordered) // 2], ordered[-1]


def estimate(
    plan: Outline, sizes: tuple[Sequence[int], Sequence[int]], tried: tuple[Tried, Tried], each: int
) -> Estimate:
    """The time of a run whose batches of training and validation have these `sizes`.

    `each` batches of a step are computed one after the other in a process; `tried` are the usual
    one and the longest. What lies between is put on a straight line through both.
    """
    usual, longest = tried
    train, validation = sizes
    processes = max(1, len(train) // (plan.steps * each))
    learning = sum(_line(usual, longest, one)[0] for one in train) / processes
    looked = sum(_line(usual, longest, one)[1] for one in validation) / processes
    times = 1 + sum(
        step % plan.eval_every == 0 or step == plan.steps for step in range(1, plan.steps + 1)
    )
    evaluations = looked * times
    return Estimate(
        seconds_per_step=learning / plan.steps,
        slowest_step=longest.learning * each,
        evaluations=evaluations,
        seconds=learning + evaluations,
    )


def _line(usual: Tried, longest: Tried, tokens: int) -> tuple[float, float]:
    """Seconds to learn from a batch of so many tokens, and to look at it."""
    share = 1.0
    if longest.size > usual.size:
        share = (tokens - usual.size) / (longest.size - usual.size)
    learning = usual.learning + share * (longest.learning - usual.learning)
    looking = usual.looking + share * (longest.looking - usual.looking)
    # Noise may tilt the line: a short batch does not cost nothing.
    least = min(1.0, tokens / usual.size)
    return max(learning, least * usual.learning / 2), max(looking, least * usual.looking / 2)
