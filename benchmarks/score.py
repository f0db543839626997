"""The score step, decoding included, against the bare model on tensors that are ready.

The bare model is timm's own with the published weights, in one process with all cores, at its
best of several batch sizes and memory formats; the step runs as a build runs it, with one worker
process a core. The second row holds the step against this toolkit's own form of the model, whose
normalisations are folded into its convolutions: the limit that is left.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.corpus import RECIPE, pictures
from benchmarks.row import Row

IMAGES = 600
BATCHES = (1, 4, 16, 32)


def measure() -> Iterator[Row]:
    """Images a second of all three, in one run; the bare ones before and after the step."""
    pictures()
    cores = len(os.sched_getaffinity(0))
    before = _bare(cores)
    here = _step(cores)
    published, folded = ((one + other) / 2 for one, other in zip(before, _bare(cores), strict=True))
    yield Row(
        f"score step / timm's bare model, {cores} cores", here, published, "images/s", ">= 0.9"
    )
    yield Row("score step / folded bare model", here, folded, "images/s", ">= 0.8")


def _bare(cores: int) -> tuple[float, float]:
    """Images a second of timm's model and of the folded one."""
    import timm
    import torch

    from vsfa_data import embedded

    folded = embedded.classifier().model
    published = timm.create_model("tf_efficientnet_lite2", pretrained=False).eval()
    torch.set_num_threads(cores)
    plain = _best(published, torch.contiguous_format)
    last = _best(published.to(memory_format=torch.channels_last), torch.channels_last)
    ours = _best(folded, torch.channels_last)
    torch.set_num_threads(1)
    return max(plain, last), ours


def _best(model: Any, memory_format: Any) -> float:
    """Images a second at the best batch size; the values of the weights cost no time."""
    import torch

    best = 0.0
    with torch.inference_mode():
        for batch in BATCHES:
            tensors = torch.randn(batch, 3, 260, 260).contiguous(memory_format=memory_format)
            model(tensors)
            done, start = 0, time.perf_counter()
            while time.perf_counter() - start < 2.0:
                model(tensors)
                done += batch
            best = max(best, done / (time.perf_counter() - start))
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
