"""Runs a stage that has a GPU to itself: one process for each card, which take shards in groups."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing.connection import Connection
from typing import Final

from vsfa_data.engines.shares import GROUP_SHARDS, Shares
from vsfa_data.engines.work import Work
from vsfa_data.engines.worker import process_group
from vsfa_data.processes import notices
from vsfa_data.processes.pool import kill, process_pool
from vsfa_data.stages import Shard

_LISTEN_S: Final = 0.5
"""How often a process that runs alone is listened to."""


def run(work: Work, shards: Iterable[Shard], workers: int) -> Iterator[int]:
    """One process a card, given groups of shards that grow until one takes `group_s`.

    They end with the stage, so that the GPUs' memory is free for the next one. `workers` is how
    many processes they may start for themselves, all together.
    """
    cards = range(work.cards) if work.cards > 1 else (None,)
    pipes = [multiprocessing.Pipe(duplex=False) for _ in cards]
    pools = [process_pool(1, card, mouth) for card, (_, mouth) in zip(cards, pipes, strict=True)]
    helpers = max(1, workers // len(pools))
    try:
        yield from _fed(pools, [ear for ear, _ in pipes], work, Shares(shards, len(pools)), helpers)
    except BaseException:
        for pool in pools:
            kill(pool)
        raise
    finally:
        for end in itertools.chain.from_iterable(pipes):
            end.close()
    for pool in pools:
        pool.shutdown()


def _fed(
    pools: Sequence[ProcessPoolExecutor],
    ears: Sequence[Connection],
    work: Work,
    left: Shares,
    helpers: int,
) -> Iterator[int]:
    """Units of the shards `left`, in groups: each of `pools` has one and the next one."""
    size = 1
    queues: list[deque[Future[list[int]]]] = [deque() for _ in pools]
    while True:
        started = time.monotonic()
        for pool, queue in zip(pools, queues, strict=True):
            while len(queue) < 2 and (group := left.take(size)):
                call = (work.address, work.recipe, work.folder, group, helpers)
                queue.append(pool.submit(process_group, *call))
        if not any(queues):
            return
        _await([queue[0] for queue in queues if queue], ears)
        for queue in queues:
            if queue and queue[0].done():
                yield from queue.popleft().result()
        if time.monotonic() - started < work.stage.group_s / len(pools):
            size = min(2 * size, GROUP_SHARDS)


def _await(futures: Sequence[Future[list[int]]], ears: Sequence[Connection]) -> None:
    """Wait for the first of `futures`; pass on what their processes say meanwhile."""
    done = False
    while not done:
        ended, _ = wait(futures, _LISTEN_S, FIRST_COMPLETED)
        done = bool(ended)
        for ear in ears:
            while ear.poll():
                notices.tell(ear.recv())
