"""Collecting a list of addresses, against what the machine can do at best and against img2dataset.

The list, the server (another process on the same cores), the size of the pictures and the
quality of their JPEGs are the same for all. img2dataset resizes by area averages, we with a
bicubic filter (docs/collect.md compares them). It wants another interpreter, which the
environment variable IMG2DATASET names (`python -m venv x && x/bin/pip install img2dataset`).

Rates are those of the steady state, a longer list less a shorter one, unless it says otherwise:
the start of the processes is the same for any list. `collect_bad` has lists with bad addresses.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.photographs import photographs
from benchmarks.row import Row
from benchmarks.web import Web, served

FEW, MANY, SIDE, QUALITY = 1_000, 3_000, 256, 92
WORKERS = 2

RECIPE = f"""
name: benchmark
version: 1.0.0
description: a list of addresses
collect:
  sources: [{{source: urls, path: list.txt, license: CC0-1.0}}]
  max_side_px: {SIDE}
filter: {{encoder: embedded}}
caption: {{captioner: embedded}}
release: {{license: cc0-1.0, pretty_name: benchmark}}
"""

PEER = f"""
if __name__ == "__main__":
    import sys
    from img2dataset import download
    download(
        url_list=sys.argv[1], output_folder=sys.argv[2], output_format="webdataset",
        image_size={SIDE}, resize_mode="keep_ratio_largest", resize_only_if_bigger=True,
        encode_quality={QUALITY}, processes_count={WORKERS}, thread_count=32,
        number_sample_per_shard=200, enable_wandb=False,
    )
"""


def measure() -> Iterator[Row]:
    """Images a second."""
    with served(MANY) as web, tempfile.TemporaryDirectory() as folder:
        allow(web.photos(16))
        few, many = (of_ours(folder, web.photos(number), number) for number in (FEW, MANY))
        ours = many - few
        rate = (MANY - FEW) / ours.wall_s
        yield Row("collect / fastest libraries", rate, _limit(folder, web), "images/s", ">= 0.8")
        if "IMG2DATASET" in os.environ:
            peer_few, peer_many = (
                of_peer(folder, web.photos(number), number) for number in (FEW, MANY)
            )
            peer = peer_many - peer_few
            yield Row("img2dataset / collect", peer.wall_s, ours.wall_s, "s", ">= 2")
            yield Row("… processor time", peer.cpu_s, ours.cpu_s, "s", ">= 2")
            whole = f"… {FEW:,} images, with the start"
            yield Row(whole, peer_few.wall_s, few.wall_s, "s", ">= 2")
        else:
            print("img2dataset: not measured, IMG2DATASET is not set", file=sys.stderr)


@dataclass(frozen=True)
class Cost:
    """What a run took: by the clock, and of all its processes together."""

    wall_s: float
    cpu_s: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall_s - other.wall_s, self.cpu_s - other.cpu_s)


def _timed(command: list[str], folder: str, **settings: str) -> Cost:
    """The cost of a command that succeeds."""
    wall, cpu = time.perf_counter(), _children_s()
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return Cost(time.perf_counter() - wall, _children_s() - cpu)


def _children_s() -> float:
    """Processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def allow(urls: list[str]) -> None:
    """Have the hosts of `urls` fetched from, though they are this machine."""
    os.environ["VSFA_DATA_TEST_ALLOW"] = ",".join({url.split("/")[2] for url in urls})


def of_ours(folder: str, urls: list[str], good: int) -> Cost:
    """The cost of `vsfa-data collect` over `urls`, of which so many are good, start to end."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        Path(place, "list.txt").write_text("\n".join(urls), encoding="utf-8")
        Path(place, "recipe.yaml").write_text(RECIPE, encoding="utf-8")
        command = [sys.executable, "-m", "vsfa_data", "collect", "recipe.yaml", "--quiet"]
        command += ["--out", "out", "--workers", str(WORKERS)]
        cost = _timed(command, place, PYTHONPATH=str(Path(__file__).parents[1]))
        shards = Path(place, "out", "work", "collect").glob("part-*.parquet")
        _check("collect", sum(pq.read_metadata(shard).num_rows for shard in shards), good)
        return cost


def of_peer(folder: str, urls: list[str], good: int) -> Cost:
    """The cost of img2dataset over `urls`, of which so many are good."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        Path(place, "list.txt").write_text("\n".join(urls), encoding="utf-8")
        Path(place, "peer.py").write_text(PEER, encoding="utf-8")
        command = [os.environ["IMG2DATASET"], "peer.py", "list.txt", "out"]
        cost = _timed(command, place, NO_ALBUMENTATIONS_UPDATE="1")
        kept = 0
        for stats in Path(place, "out").glob("*_stats.json"):
            kept += json.loads(stats.read_text())["successes"]
        _check("img2dataset", kept, good)
        return cost


def _check(who: str, kept: int, good: int) -> None:
    if kept != good:
        raise RuntimeError(f"{who} kept {kept} images, and {good} addresses are good")


def _limit(folder: str, web: Web) -> float:
    """Images a second of downloading and making, one after the other on the same cores."""
    download = asyncio.run(_bare_download(web.photos(MANY)))
    samples = Path(folder, "samples")
    samples.mkdir()
    for number, data in enumerate(photographs(120)):
        Path(samples, f"{number}.jpg").write_bytes(data)
    make = 0.0
    for python in {sys.executable, os.environ.get("IMG2DATASET", sys.executable)}:
        script = str(Path(__file__).with_name("fastest.py"))
        command = [python, script, str(samples), str(SIDE), str(QUALITY)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(" ".join(said.split()), file=sys.stderr)
        make = max(make, *(float(line.split()[1]) for line in said.splitlines()))
    print(f"bare download {download:.0f}, make {make:.0f} images/s", file=sys.stderr)
    return 1.0 / (1.0 / download + 1.0 / make)


async def _bare_download(urls: list[str]) -> float:
    import aiohttp

    waiting = iter(urls)

    async def work(session: aiohttp.ClientSession) -> None:
        for url in waiting:
            async with session.get(url) as reply:
                await reply.read()

    async with aiohttp.ClientSession() as session:
        start = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(32)))
        return len(urls) / (time.perf_counter() - start)
