"""A list of 5,000 addresses and pictures of openclipart, killed and gone on with twenty times."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collect import test_killed_urls
from tests.collect.fetch.server import Server, Visit, reply
from tests.collect.samples import encode, photo
from tests.collect.test_killed_urls import finished, shards
from vsfa_data.collect.fetch.allowance import VARIABLE

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(900)]

ADDRESSES, PICTURES, MOMENTS, SIZE = 5_000, 500, 20, 32
RECIPE = f"""
name: killed
version: 1.0.0
description: a list of addresses and a folder
collect:
  sources:
    - {{source: urls, path: list.txt, license: CC0-1.0}}
    - {{source: folder, path: /usr/share/openclipart/png, license: public-domain}}
  max_side_px: 256
  limit: {ADDRESSES + PICTURES}
filter: {{encoder: embedded}}
caption: {{captioner: embedded}}
release: {{license: cc0-1.0, pretty_name: killed}}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with recipe and list, whose addresses answer, in part late or not at all."""
    pictures = [encode(photo(80 + number % 41, 70 + number % 31), "JPEG") for number in range(200)]

    async def send(visit: Visit) -> None:
        number = int(visit.path[1:])
        if number % 97 == 5:
            await asyncio.sleep(0.3)
        await visit.send(reply(404, b"") if number % 7 == 3 else reply(200, pictures[number % 200]))

    with Server() as server:
        urls = [server.on(f"/{number}", send) for number in range(ADDRESSES)]
        (tmp_path / "list.txt").write_text("\n".join(urls))
        (tmp_path / "recipe.yaml").write_text(RECIPE)
        monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
        monkeypatch.setenv("PYTHONPATH", os.fspath(Path(__file__).parents[2]))
        monkeypatch.setattr(test_killed_urls, "SIZE", SIZE)
        yield tmp_path


def run(place: Path, out: str, until: int | None = None, after_s: float = 0.0) -> int:
    """Exit code of a run; it is killed `after_s` seconds after shard number `until` is there."""
    with test_killed_urls.start(place, out) as process:
        if until is not None:
            deadline = time.perf_counter() + 120
            while finished(place, out) < until and time.perf_counter() < deadline:
                time.sleep(0.002)
            time.sleep(after_s)
            process.send_signal(signal.SIGKILL)
        _, said = process.communicate(timeout=300)
    assert process.returncode in {0, -signal.SIGKILL}, said
    return process.returncode


def test_killed_twenty_times_and_finished(place: Path) -> None:
    assert run(place, "whole") == 0
    wanted = shards(place, "whole")
    every = sum(name.startswith("collect/part") for name in wanted)
    assert every == -(-(ADDRESSES + PICTURES) // SIZE)

    moments, met = random.Random(5), set[int]()
    for number in range(MOMENTS):
        code = run(place, "killed", every * number // MOMENTS, moments.uniform(0.0, 0.1))
        assert code == -signal.SIGKILL, f"moment {number}"
        met.add(finished(place, "killed"))
    # The kills must have met the work in many states, or they have shown nothing.
    assert len(met - {0, every}) > MOMENTS // 2, met
    assert run(place, "killed") == 0
    assert shards(place, "killed") == wanted
    assert not list((place / "killed").rglob(".tmp-*"))
