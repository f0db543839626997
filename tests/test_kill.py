"""Builds that are killed at any moment and started again end as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vsfa_data.release.verify import verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MOMENTS = 20
PICTURES = 24
PRELOAD = ["vsfa_data.pipeline", "vsfa_data.embedded", "timm", "transformers", "datasets"]
PRELOAD += ["scipy.stats", "scipy.optimize"]


def build(out: str) -> None:
    """A small build in a process of its own, which may end at any moment."""
    from vsfa_data import recipe
    from vsfa_data.pipeline import Job, Quiet
    from vsfa_data.pipeline import build as run

    chosen = recipe.load(
        "quickstart", ["filter.max_control_threat=0.49", f"collect.limit={PICTURES}"]
    )
    run(Job(chosen, Path(out), workers=0, shard_size=3), Quiet())


def finished_files(out: Path) -> int:
    return sum(1 for _ in out.rglob("part-*.parquet"))


def test_killed_at_twenty_moments_and_finished(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    # Importing torch takes most of a build this small; a server that has it imported makes the
    # moments fall into the build itself.
    context.set_forkserver_preload(PRELOAD)

    def start(out: Path) -> multiprocessing.process.BaseProcess:
        process = context.Process(target=build, args=(str(out),))
        process.start()
        return process

    warm = start(tmp_path / "warm")
    warm.join()
    began = time.perf_counter()
    whole = start(tmp_path / "whole")
    whole.join()
    seconds = time.perf_counter() - began
    assert (warm.exitcode, whole.exitcode) == (0, 0)
    wanted = verify(tmp_path / "whole")

    moments, unfinished = random.Random(20), set[int]()
    for number in range(MOMENTS):
        out = tmp_path / str(number)
        victim = start(out)
        time.sleep(seconds * (number + moments.random()) / MOMENTS)
        victim.kill()
        victim.join()
        if victim.exitcode == -signal.SIGKILL:
            unfinished.add(finished_files(out))
        again = start(out)
        again.join()
        assert again.exitcode == 0, f"moment {number}"
        found = verify(out)
        assert found.problems == (), f"moment {number}"
        assert found.fingerprint == wanted.fingerprint, f"moment {number}"
        assert not list(out.rglob(".tmp-*"))
        assert sorted(path.name for path in out.iterdir()) == ["release", "work"]
    # The kills must have met the build in many states, or they have shown nothing.
    assert len(unfinished) >= MOMENTS // 3, unfinished


def test_the_program_and_its_workers_killed_and_started_again(
    quickstart: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "vsfa_data", "build", "--quiet", "--workers", "2"]
    for share in (0.4, 0.7, 0.9):
        out = tmp_path / str(share)
        began = time.perf_counter()
        with subprocess.Popen([*command, "--out", str(out)]) as process:
            deadline = began + 120
            shards = int(share * finished_files(quickstart))
            while finished_files(out) < shards and time.perf_counter() < deadline:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        assert finished_files(out) >= shards
        subprocess.run([*command, "--out", str(out)], check=True)
        assert verify(out).fingerprint == verify(quickstart).fingerprint
        assert verify(out).problems == ()


def test_ctrl_c_ends_in_one_line_and_can_be_gone_on_from(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vsfa_data", "build", "--workers", "2", "--limit", "24"]
    # Whoever runs the tests in the background has ctrl-C ignored, and children inherit that.
    heard = "import os, signal, sys; signal.signal(2, signal.default_int_handler); "
    start = [sys.executable, "-c", heard + "os.execv(sys.argv[1], sys.argv[1:])"]
    with subprocess.Popen(
        [*start, *command, "--out", str(tmp_path / "out"), "--quiet"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.perf_counter() + 60
        while finished_files(tmp_path / "out") < 2 and time.perf_counter() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines() == [
        "interrupted. Run the same command again to go on: finished shards are kept"
    ]
    again = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True
    )
    assert again.returncode == 0
    first = again.stderr.splitlines()[0]
    assert first in {"collect: up to date", "collect: going on where it stopped"}
