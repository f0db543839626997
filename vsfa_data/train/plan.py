"""Which conversations meet in which batch: drawn before the run, so that a resume only skips."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

WINDOW_STEPS: Final = 32
"""Optimizer steps whose conversations are sorted by length together."""

Batch = list[int]


def steps_for(epochs: float, rows: int, per_step: int) -> int:
    """Optimizer steps that show each of `rows` conversations `epochs` times, rounded up."""
    return max(1, math.ceil(epochs * rows / per_step))


def plan(
    lengths: Sequence[int], batch_size: int, per_step: int, steps: int, seed: int
) -> list[Batch]:
    """All batches of a run, in order: `steps` x `per_step` of them, each of `batch_size` indices.

    Every epoch is a new shuffle, and goes on where the last one ended, so that every batch is
    full. Within a window of WINDOW_STEPS steps (or one epoch, if that is less) conversations of
    like `lengths` (in tokens) share a step, which leaves little padding; the order of the steps
    stays random. How often each is seen does not depend on `lengths`. The i-th of n processes takes
    the batches i, i + n, i + 2n, ...
    """
    draw = random.Random(seed)  # noqa: S311  # no secret: batches must be the same each time
    stream = _stream(len(lengths), draw)
    size, batches = batch_size * per_step, list[Batch]()
    at_once = max(1, min(WINDOW_STEPS, len(lengths) // size))
    for first in range(0, steps, at_once):
        window = list(islice(stream, size * min(at_once, steps - first)))
        window.sort(key=lambda index: lengths[index])
        shared = [window[at : at + size] for at in range(0, len(window), size)]
        draw.shuffle(shared)
        for step in shared:
            batches += [step[at : at + batch_size] for at in range(0, size, batch_size)]
    return batches


def in_order(lengths: Sequence[int], batch_size: int) -> list[Batch]:
    """Every index once, the longest first: what does not fit into memory fails at once."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    return [order[at : at + batch_size] for at in range(0, len(order), batch_size)]


def _stream(rows: int, draw: random.Random) -> Iterator[int]:
    while True:
        order = list(range(rows))
        draw.shuffle(order)
        yield from order
