"""Pools of worker processes: one thread each, none outlives the process that started it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_any
from multiprocessing.util import Finalize
from typing import Final

from vsfa_data.processes import notices

THREAD_SETTINGS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
CARDS_SETTING: Final = "CUDA_VISIBLE_DEVICES"


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def process_pool(
    workers: int, card: int | None = None, said: Connection | None = None
) -> ProcessPoolExecutor:
    """Processes that start fresh (spawn), when there is work for them.

    With `card`, they see that one of this process's GPUs alone, counted from 0. Into `said`, the
    end of a pipe, a single process writes its notices (notices.py).

    A worker may have a pool of its own. Its processes would keep it from ending: `multiprocessing`
    waits for them before `concurrent.futures` tells them to go. So they are told first.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=start_worker, initargs=(card, said))
    Finalize(pool, _end, args=(weakref.ref(pool),), exitpriority=100)
    return pool


def _end(pool: weakref.ref[ProcessPoolExecutor]) -> None:
    alive = pool()
    if alive is not None:
        alive.shutdown(cancel_futures=True)


def kill(pool: ProcessPoolExecutor) -> None:
    """End the pool's processes at once, whatever they are at."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()


def start_worker(card: int | None = None, said: Connection | None = None) -> None:
    """One thread per worker, ctrl-C left to the parent, no life beyond the parent's."""
    if card is not None:
        seen = os.environ.get(CARDS_SETTING)
        os.environ[CARDS_SETTING] = seen.split(",")[card] if seen else str(card)
    for setting in THREAD_SETTINGS:
        os.environ[setting] = "1"
    if said is not None:
        notices.listen(said.send)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for_any([sentinel])
    os._exit(1)
