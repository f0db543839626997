"""Runs a stage's shards in worker processes of this machine.

Workers start fresh (spawn), open each stage's models once, write their shards themselves and
send back only counts, so that the parent stays small. Each worker computes with one thread:
results then do not depend on how many workers there are, and processes use the cores better
than threads do for models of this size. With `workers=0` everything runs in this process.
"""

from __future__ import annotations

import importlib
import itertools
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeAlias

from vsfa_data.engines.shares import GROUP_SHARDS, Shares
from vsfa_data.errors import SetupError
from vsfa_data.processes import notices
from vsfa_data.processes.arrow_alone import without_pandas
from vsfa_data.processes.pool import kill, process_pool
from vsfa_data.stages import MapStage, Shard
from vsfa_data.workspace import StageFolder

_LISTEN_S: Final = 0.5
"""How often a process that runs alone is listened to."""
Told: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Work:
    """A stage to run: its class, the recipe as plain data, and where the shards go."""

    stage: type[MapStage]
    recipe: Mapping[str, Any]
    folder: Path
    alone: bool = False
    """Whether one process runs all shards (see `MapStage.alone`)."""
    cards: int = 1
    """GPUs for a stage that runs alone: it then has one process for each."""

    @property
    def address(self) -> tuple[str, str]:
        """Module and name of the stage's class, which every process can import."""
        return self.stage.__module__, self.stage.__qualname__


class LocalEngine:
    """A pool of worker processes; use as a context manager."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._ears: list[Connection] = []

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        _close_stages()
        if self._pool is None:
            return
        if kind is None:
            self._pool.shutdown()
        else:
            kill(self._pool)
        self._pool = None

    def run(
        self,
        work: Work,
        shards: Iterable[Shard],
        done: Callable[[int], None],
        told: Told = lambda _: None,
    ) -> None:
        """Run `work` over `shards`, a few at a time; `done` gets the units of each as it ends.

        `told` gets the notices of a stage that runs alone (notices.py), while it runs.

        The order in which shards end does not matter: each is a file of its own.
        Raises what the stage raises, and SetupError if a worker process dies or memory runs out.
        """
        results = self._results if self.workers else _inline
        if work.alone and self.workers:
            results = self._alone
        try:
            with notices.listening(told):
                for units in results(work, shards):
                    done(units)
        except (BrokenProcessPool, MemoryError) as error:
            raise SetupError(
                "a worker process died or ran out of memory. Run the same command again with "
                "fewer --workers or on a machine with more memory: finished shards are kept"
            ) from error

    def _results(self, work: Work, shards: Iterable[Shard]) -> Iterator[int]:
        pool = self._opened()
        if not work.stage.reads:  # collect: workers get ready while the first shard is downloaded
            for _ in range(self.workers):
                pool.submit(_make_ready, work.address, work.recipe)
        waiting: set[Future[int]] = set()
        pieces: dict[int, list[Future[int]]] = {}
        for shard in shards:
            if shard.put_by:  # the last piece needs what became of the others
                wait(pieces.pop(shard.index))
            future = pool.submit(_process, work.address, work.recipe, work.folder, shard)
            if shard.put_at is not None:
                pieces.setdefault(shard.index, []).append(future)
            waiting.add(future)
            # A bounded queue keeps memory flat however long the list of shards is.
            if len(waiting) >= 2 * self.workers:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = process_pool(self.workers)
        return self._pool

    def _alone(self, work: Work, shards: Iterable[Shard]) -> Iterator[int]:
        """One process a card, given groups of shards that grow until one takes `group_s`.

        They end with the stage, so that the GPUs' memory is free for the next one.
        """
        cards = range(work.cards) if work.cards > 1 else (None,)
        pipes = [multiprocessing.Pipe(duplex=False) for _ in cards]
        self._ears = [ear for ear, _ in pipes]
        pools = [
            process_pool(1, card, mouth) for card, (_, mouth) in zip(cards, pipes, strict=True)
        ]
        try:
            yield from self._fed(pools, work, Shares(shards, len(pools)))
        except BaseException:
            for pool in pools:
                kill(pool)
            raise
        finally:
            self._ears = []
            for end in itertools.chain.from_iterable(pipes):
                end.close()
        for pool in pools:
            pool.shutdown()

    def _fed(self, pools: Sequence[ProcessPoolExecutor], work: Work, left: Shares) -> Iterator[int]:
        """Units of the shards `left`, in groups: each of `pools` has one and the next one."""
        size, helpers = 1, max(1, self.workers // len(pools))
        queues: list[deque[Future[list[int]]]] = [deque() for _ in pools]
        while True:
            started = time.monotonic()
            for pool, queue in zip(pools, queues, strict=True):
                while len(queue) < 2 and (group := left.take(size)):
                    call = (work.address, work.recipe, work.folder, group, helpers)
                    queue.append(pool.submit(_process_group, *call))
            if not any(queues):
                return
            self._await([queue[0] for queue in queues if queue])
            for queue in queues:
                if queue and queue[0].done():
                    yield from queue.popleft().result()
            if time.monotonic() - started < work.stage.group_s / len(pools):
                size = min(2 * size, GROUP_SHARDS)

    def _await(self, futures: Sequence[Future[list[int]]]) -> None:
        """Wait for the first of `futures`; pass on what their processes say meanwhile."""
        done = False
        while not done:
            ended, _ = wait(futures, _LISTEN_S, FIRST_COMPLETED)
            done = bool(ended)
            for ear in self._ears:
                while ear.poll():
                    notices.tell(ear.recv())


def _make_ready(address: tuple[str, str], recipe: Mapping[str, Any]) -> None:
    """Open the stage in this process; what goes wrong goes wrong again with its first shard."""
    _stage(address, recipe)


_open_stage: dict[tuple[tuple[str, str], str], MapStage] = {}


def _inline(work: Work, shards: Iterable[Shard]) -> Iterator[int]:
    for shard in shards:
        yield _process(work.address, work.recipe, work.folder, shard)


def _process(
    address: tuple[str, str], recipe: Mapping[str, Any], folder: Path, shard: Shard
) -> int:
    """Process one shard and write it; returns how many units it held, 0 for an early piece."""
    stage = _stage(address, recipe)
    if shard.put_at is not None:
        stage.put(shard)
        return 0
    output = stage.process(shard)
    StageFolder(folder).write(shard.index, output)
    return output.counted


def _process_group(
    address: tuple[str, str],
    recipe: Mapping[str, Any],
    folder: Path,
    shards: list[Shard],
    helpers: int,
) -> list[int]:
    """Process shards together and write each as soon as it is done; the units of each."""
    counted = []
    outputs = _stage(address, recipe, helpers).process_all(shards)
    for shard, output in zip(shards, outputs, strict=True):
        StageFolder(folder).write(shard.index, output)
        counted.append(output.counted)
    return counted


def _stage(address: tuple[str, str], recipe: Mapping[str, Any], helpers: int = 1) -> MapStage:
    from vsfa_data.recipe import parse

    if multiprocessing.parent_process() is not None:  # a worker's, not the user's own process
        without_pandas()
    key = (address, repr(recipe))
    if key not in _open_stage:
        _close_stages()
        stage: MapStage = getattr(importlib.import_module(address[0]), address[1])(parse(recipe))
        stage.helpers = helpers
        stage.open()
        _open_stage[key] = stage
    return _open_stage[key]


def _close_stages() -> None:
    """Close what this process has open."""
    while _open_stage:
        _open_stage.popitem()[1].close()
