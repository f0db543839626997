"""The score step, decoding included, against the bare model on tensors that are ready.

The bare model has its best batch size, in one process with all cores, and again in one process a
core with one thread each: that wastes nothing, so that the step falls behind it by what decoding
costs the same cores. The step runs as a build runs it, with one worker process a core. For the
embedded encoder, and for open_clip's ViT-B-32 with random weights, which cost what
trained ones cost.

A machine's speed drifts by more than the difference that is looked for. So the step is measured
several times, the bare model just before and after each, and the round with the median ratio is
the one that is shown.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.corpus import RECIPE, pictures
from benchmarks.gpu.score import build as build_model
from benchmarks.row import Row

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

IMAGES = {"embedded": 600, "open_clip": 480}
"""Rows of the folder, a sixth of them links. The last shards leave a worker idle for a while."""
BATCHES = (1, 2, 4, 16, 32)
ROUNDS = 3
ROUND_S = 5.0
CHOICE_S = 2.0

Rate = Callable[[float], float]
"""Seconds to measure for -> images a second."""


def measure() -> Iterator[Row]:
    """Images a second of both, in one run."""
    pictures()
    cores = len(os.sched_getaffinity(0))
    yield from _rows("embedded", {}, None, cores, ">= 0.9")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "ViT-B-32")
        build_model(model.name, model, "cpu")
        given = {"encoder": "open_clip", "model": f"local-dir:{model}", "uncalibrated": True}
        yield from _rows("open_clip", given, model, cores, ">= 0.95")


def _rows(
    name: str, given: dict[str, Any], model: Path | None, cores: int, goal: str
) -> Iterator[Row]:
    with ExitStack() as stack:
        one, each = (stack.enter_context(_processes(model, n)) for n in (1, cores))
        ways = {
            f"{name}, {cores} cores": (goal, _best(one, cores)),
            f"{name}, a process a core": (">= 0.9", _best(each, 1)),
        }
        steps, bare = list[float](), [[way(ROUND_S) for _, way in ways.values()]]
        for _ in range(ROUNDS):
            steps.append(_step(cores, given, IMAGES[name]))
            bare.append([way(ROUND_S) for _, way in ways.values()])
    for at, (what, (wanted, _)) in enumerate(ways.items()):
        limits = [(before[at] + after[at]) / 2 for before, after in pairwise(bare)]
        rounds = list(zip(steps, limits, strict=True))
        print(what, ", ".join(f"{here / limit:.2f}" for here, limit in rounds), file=sys.stderr)
        here, limit = sorted(rounds, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]
        yield Row(f"score step / bare model, {what}", here, limit, "images/s", wanted)


def _best(ask: Callable[[int, int, float], float], threads: int) -> Rate:
    """With the batch that is fastest here."""
    ways = [partial(ask, threads, batch) for batch in BATCHES]
    return max(ways, key=lambda way: way(CHOICE_S))


@contextmanager
def _processes(model: Path | None, count: int) -> Iterator[Callable[[int, int, float], float]]:
    """(threads, batch, seconds) -> images a second of so many processes together."""
    spawn = get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(count)]
    running = [spawn.Process(target=_serve, args=(model, theirs)) for _, theirs in pipes]
    for process in running:
        process.start()

    def ask(threads: int, batch: int, seconds: float) -> float:
        for ours, _ in pipes:
            ours.send((threads, batch, seconds))
        return float(sum(ours.recv() for ours, _ in pipes))

    try:
        yield ask
    finally:
        for process in running:
            process.kill()
            process.join()


def _serve(model: Path | None, asked: Connection) -> None:
    """Answers with images a second of the model alone, for ever."""
    import torch

    run = _embedded() if model is None else _vit(model)
    while True:
        threads, batch, seconds = asked.recv()
        torch.set_num_threads(threads)
        with torch.inference_mode():
            run(batch)
            done, start = 0, time.perf_counter()
            while time.perf_counter() - start < seconds:
                run(batch)
                done += batch
            asked.send(done / (time.perf_counter() - start))


def _embedded() -> Callable[[int], Any]:
    """The classifier and its branch on the views of so many pictures."""
    import torch

    from vsfa_data import embedded
    from vsfa_data.embedded import SIDE_PX
    from vsfa_data.filter.drawings import branch
    from vsfa_data.filter.views import VIEWS

    classifier, drawings = embedded.classifier(), branch.load()

    def run(batch: int) -> Any:
        tensors = torch.zeros(VIEWS * batch, 3, SIDE_PX, SIDE_PX)
        early = classifier.compute(tensors.contiguous(memory_format=torch.channels_last))[2]
        return drawings.compute(early)

    return run


def _vit(folder: Path) -> Callable[[int], Any]:
    import open_clip
    import torch

    model = open_clip.create_model_from_pretrained(f"local-dir:{folder}", return_transform=False)
    return lambda batch: model.train(mode=False).encode_image(torch.zeros(batch, 3, 224, 224))


def _step(cores: int, given: dict[str, Any], images: int) -> float:
    import yaml

    from vsfa_data import recipe
    from vsfa_data.pipeline import Job, build

    plain = yaml.safe_load(RECIPE)
    plain["filter"] |= given
    # Random weights find what they find: everything passes.
    plain["filter"] |= {"min_margin": -1.9, "max_control_margin": -2.0, "unmatched": "keep"}
    with tempfile.TemporaryDirectory() as folder:
        sets = [f"collect.limit={images}"]
        file = Path(folder, "openclipart.yaml")
        file.write_text(yaml.safe_dump(plain), encoding="utf-8")
        job = Job(recipe.load(str(file), sets), Path(folder, "out"), "filter", cores, 16)
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

    def noted(self, text: str) -> None:
        pass

    def ended(self, stage: str, counts: object) -> None:
        pass

    def rate(self) -> float:
        skipped = 2 * len(os.sched_getaffinity(0))
        counted = self._marks[skipped:]
        seconds = counted[-1][0] - self._marks[skipped - 1][0]
        return sum(units for _, units in counted) / seconds
