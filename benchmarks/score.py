"""The score step, decoding included, against the bare model on tensors that are ready.

The bare model gets the better of one process with all cores and its best batch size; the step
runs as a build runs it, with one worker process a core.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus import RECIPE, pictures
from benchmarks.row import Row

IMAGES = 600
BATCHES = (1, 4, 16, 32)


def measure() -> Iterator[Row]:
    """Images a second of both, in one run."""
    pictures()
    cores = len(os.sched_getaffinity(0))
    yield Row(
        f"score step / bare model, {cores} cores", _step(cores), _bare(cores), "images/s", ">= 0.9"
    )


def _bare(cores: int) -> float:
    import torch

    from vsfa_data import embedded

    model = embedded.classifier().model
    torch.set_num_threads(cores)
    best = 0.0
    with torch.inference_mode():
        for batch in BATCHES:
            tensors = torch.randn(batch, 3, 260, 260).contiguous(memory_format=torch.channels_last)
            model(tensors)
            done, start = 0, time.perf_counter()
            while time.perf_counter() - start < 5.0:
                model(tensors)
                done += batch
            best = max(best, done / (time.perf_counter() - start))
    torch.set_num_threads(1)
    return best


def _step(cores: int) -> float:
    from vsfa_data import recipe
    from vsfa_data.pipeline import Job, build

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "openclipart.yaml")
        file.write_text(RECIPE, encoding="utf-8")
        job = Job(
            recipe.load(str(file), [f"collect.limit={IMAGES}"]),
            Path(folder, "out"),
            "filter",
            cores,
            16,
        )
        clock = _Clock()
        build(job, clock)
    return clock.rate()


class _Clock:
    """A watcher that times the score stage from its first finished shards on.

    The first ones are left out: they hold the start of the processes and the loading of models.
    """

    def __init__(self) -> None:
        self._stage, self._marks = "", list[tuple[float, int]]()

    def started(self, stage: str, found: object, total: int | None) -> None:
        self._stage = stage

    def advanced(self, units: int) -> None:
        if self._stage == "score":
            self._marks.append((time.perf_counter(), units))

    def ended(self, stage: str, counts: object) -> None:
        pass

    def rate(self) -> float:
        skipped = 2 * len(os.sched_getaffinity(0))
        counted = self._marks[skipped:]
        seconds = counted[-1][0] - self._marks[skipped - 1][0]
        return sum(units for _, units in counted) / seconds
