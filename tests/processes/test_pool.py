"""Worker processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import psutil

from vsfa_data.processes.pool import THREAD_SETTINGS, cores, kill, process_pool


def settings() -> list[str]:
    return [os.environ[name] for name in THREAD_SETTINGS]


def ignores_interrupt() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_there_is_a_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_a_worker_has_one_thread_and_leaves_ctrl_c_to_its_parent() -> None:
    with process_pool(1) as pool:
        assert pool.submit(settings).result() == ["1"] * len(THREAD_SETTINGS)
        assert pool.submit(ignores_interrupt).result()


def test_killing_a_pool_ends_what_runs_at_once() -> None:
    pool = process_pool(1)
    process = psutil.Process(pool.submit(os.getpid).result())
    pool.submit(time.sleep, 600)
    kill(pool)
    process.wait(timeout=10)
    kill(pool)  # a second time does no harm


_own: list[ProcessPoolExecutor] = []


def starts_a_pool_of_its_own() -> int:
    _own.append(process_pool(1))
    return _own[0].submit(os.getpid).result()


def test_a_worker_with_a_pool_of_its_own_ends() -> None:
    pool = process_pool(1)
    inner = psutil.Process(pool.submit(starts_a_pool_of_its_own).result())
    ended = threading.Thread(target=pool.shutdown, daemon=True)
    ended.start()
    ended.join(timeout=20)
    assert not ended.is_alive()
    inner.wait(timeout=10)
