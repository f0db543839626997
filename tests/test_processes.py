"""Worker processes."""

from __future__ import annotations

import os
import signal
import time

import psutil

from vsfa_data.processes import THREAD_SETTINGS, kill, process_pool


def settings() -> list[str]:
    return [os.environ[name] for name in THREAD_SETTINGS]


def ignores_interrupt() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


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
