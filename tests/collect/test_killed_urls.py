"""Collecting a list of addresses, killed at any moment and started again, with its workers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collect.fetch.server import Server, Visit, reply
from tests.collect.samples import encode, photo
from vsfa_data.collect.fetch.allowance import VARIABLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SHARDS, SIZE = 24, 8
MOMENTS = 6

RECIPE = """
name: killed
version: 1.0.0
description: a list of addresses
collect:
  sources: [{source: urls, path: list.txt, license: CC0-1.0}]
filter: {encoder: embedded}
caption: {captioner: embedded}
release: {license: cc0-1.0, pretty_name: killed}
"""


def start(place: Path, out: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vsfa_data", "collect", "recipe.yaml", "--quiet"]
    command += ["--out", out, "--workers", "2", "--shard-size", str(SIZE)]
    return subprocess.Popen(
        command, cwd=place, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def shards(place: Path, out: str) -> dict[str, str]:
    """Digest of each file that collect wrote, by its name."""
    work = place / out / "work"
    return {
        str(path.relative_to(work)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(work.glob("*/*"))
    }


def finished(place: Path, out: str) -> int:
    return len(list((place / out / "work" / "collect").glob("part-*.parquet")))


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Pictures that come slowly enough to be met on their way, and some that do not come."""
    pictures = [encode(photo(300 + number % 9, 220), "JPEG") for number in range(SHARDS * SIZE)]

    async def send(visit: Visit) -> None:
        await asyncio.sleep(0.05)
        number = int(visit.path[1:])
        await visit.send(reply(404, b"") if number % 7 == 3 else reply(200, pictures[number]))

    with Server() as server:
        urls = [server.on(f"/{number}", send) for number in range(len(pictures))]
        (tmp_path / "list.txt").write_text("\n".join(urls))
        (tmp_path / "recipe.yaml").write_text(RECIPE)
        monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
        monkeypatch.setenv("PYTHONPATH", os.fspath(Path(__file__).parents[2]))
        yield server


def test_killed_at_several_moments_and_finished(web: Server, tmp_path: Path) -> None:
    with start(tmp_path, "whole") as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    wanted = shards(tmp_path, "whole")
    assert sum(name.startswith("collect/part") for name in wanted) == SHARDS

    moments, met = random.Random(3), set[int]()
    for number in range(MOMENTS):
        out = f"killed-{number}"
        with start(tmp_path, out) as process:
            deadline = time.perf_counter() + 60
            while finished(tmp_path, out) < number * 4 and time.perf_counter() < deadline:
                time.sleep(0.005)
            time.sleep(moments.uniform(0.0, 0.2))
            # Only the program: its workers must end by themselves.
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        # What they had asked for is no visit of the run that goes on.
        deadline = time.perf_counter() + 60
        while web.open and time.perf_counter() < deadline:
            time.sleep(0.005)
        assert not web.open, "the workers of a killed program live on"
        before = finished(tmp_path, out)
        met.add(before)
        web.visits.clear()
        with start(tmp_path, out) as process:
            _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert shards(tmp_path, out) == wanted, f"moment {number}"
        asked = Counter(web.asked())
        assert max(asked.values(), default=1) == 1
        assert len(asked) <= (SHARDS - before + 4) * SIZE, "finished shards were fetched again"
    # The kills must have met the work in many states, or they have shown nothing.
    assert len(met - {0, SHARDS}) >= MOMENTS // 2, met
