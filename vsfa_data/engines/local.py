"""Runs a stage's shards in worker processes of this machine.

Workers start fresh (spawn), open each stage's models once, write their shards themselves and
send back only counts, so that the parent stays small. Each worker computes with one thread:
results then do not depend on how many workers there are, and processes use the cores better
than threads do for models of this size. With `workers=0` everything runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeAlias

from vsfa_data.engines import alone
from vsfa_data.engines.work import Work
from vsfa_data.engines.worker import close_stages, make_ready, process
from vsfa_data.errors import SetupError
from vsfa_data.processes import notices
from vsfa_data.processes.pool import kill, process_pool
from vsfa_data.stages import Shard

Told: TypeAlias = Callable[[str], None]


class LocalEngine:
    """A pool of worker processes; use as a context manager."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        close_stages()
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
        try:
            with notices.listening(told):
                for units in self._run(work, shards):
                    done(units)
        except (BrokenProcessPool, MemoryError) as error:
            raise SetupError(
                "a worker process died or ran out of memory. Run the same command again with "
                "fewer --workers or on a machine with more memory: finished shards are kept"
            ) from error

    def _run(self, work: Work, shards: Iterable[Shard]) -> Iterator[int]:
        if not self.workers:
            return _inline(work, shards)
        return alone.run(work, shards, self.workers) if work.alone else self._results(work, shards)

    def _results(self, work: Work, shards: Iterable[Shard]) -> Iterator[int]:
        pool = self._opened()
        if not work.stage.reads:  # collect: workers get ready while the first shard is downloaded
            for _ in range(self.workers):
                pool.submit(make_ready, work.address, work.recipe)
        waiting: set[Future[int]] = set()
        pieces: dict[int, list[Future[int]]] = {}
        for shard in shards:
            if shard.put_by:  # the last piece needs what became of the others
                wait(pieces.pop(shard.index))
            future = pool.submit(process, work.address, work.recipe, work.folder, shard)
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


def _inline(work: Work, shards: Iterable[Shard]) -> Iterator[int]:
    for shard in shards:
        yield process(work.address, work.recipe, work.folder, shard)
