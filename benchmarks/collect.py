"""Collecting a list of addresses, against what the machine can do at best and against img2dataset.

The list, the server (another process on the same cores), the size of the pictures and the
quality of their JPEGs are the same for all. img2dataset resizes by area averages, we with a
bicubic filter, which costs more. It wants another interpreter, which the environment variable
IMG2DATASET names (`python -m venv x && x/bin/pip install img2dataset`, IMG2DATASET=x/bin/python).

Rates are those of the steady state, a longer list less a shorter one, unless it says otherwise:
the start of the processes, and at the end the wait for hosts that hang (some 21 seconds with the
default time limits), are the same for any list.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.photographs import photographs
from benchmarks.row import Row
from benchmarks.web import Web, served

FEW, MANY, SIDE, QUALITY = 1_000, 3_000, 256, 92
BAD_SHARE = 0.3
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
    """Images a second, and seconds of a list with dead addresses in it."""
    with served(MANY) as web, tempfile.TemporaryDirectory() as folder:
        allowed = [*web.photos(16), *web.bad(MANY)]
        os.environ["VSFA_DATA_TEST_ALLOW"] = ",".join({url.split("/")[2] for url in allowed})
        few_s, many_s = (_ours(folder, web.photos(number)) for number in (FEW, MANY))
        here = (MANY - FEW) / (many_s - few_s)
        yield Row("collect / fastest libraries", here, _limit(folder, web), "images/s", ">= 0.8")
        if "IMG2DATASET" in os.environ:
            peer_few_s, peer_many_s = (_peer(folder, web.photos(n)) for n in (FEW, MANY))
            peer = (MANY - FEW) / (peer_many_s - peer_few_s)
            yield Row("collect / img2dataset", here, peer, "images/s", ">= 2")
            whole = f"the same, {FEW:,} with the start"
            yield Row(whole, FEW / few_s, FEW / peer_few_s, "images/s", ">= 2")
        else:
            print("img2dataset: not measured, IMG2DATASET is not set", file=sys.stderr)
        mixed_few_s, mixed_many_s = (_ours(folder, _mixed(web, n)) for n in (FEW, MANY))
        print(f"{MANY:,} good ones: {many_s:.1f} s, with dead ones {mixed_many_s:.1f} s")
        here, limit = mixed_many_s - mixed_few_s, many_s - few_s
        yield Row("collect, 30% dead / the good alone", here, limit, "s", "<= 1.3")


def _mixed(web: Web, number: int) -> list[str]:
    """So many photographs, and BAD_SHARE of the list bad addresses in between."""
    good, bad = web.photos(number), web.bad(int(number * BAD_SHARE / (1.0 - BAD_SHARE)))
    every = len(good) / len(bad)
    for at, url in enumerate(bad):
        good.insert(int(at * every) + at, url)
    return good


def _ours(folder: str, urls: list[str]) -> float:
    """Seconds of `vsfa-data collect` over `urls`, from start to end."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        Path(place, "list.txt").write_text("\n".join(urls), encoding="utf-8")
        Path(place, "recipe.yaml").write_text(RECIPE, encoding="utf-8")
        command = [sys.executable, "-m", "vsfa_data", "collect", "recipe.yaml", "--quiet"]
        start = time.perf_counter()
        subprocess.run(
            [*command, "--out", "out", "--workers", str(WORKERS)],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
            check=True,
        )
        return time.perf_counter() - start


def _peer(folder: str, urls: list[str]) -> float:
    """Seconds of img2dataset over `urls`."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        Path(place, "list.txt").write_text("\n".join(urls), encoding="utf-8")
        Path(place, "peer.py").write_text(PEER, encoding="utf-8")
        start = time.perf_counter()
        subprocess.run(
            [os.environ["IMG2DATASET"], "peer.py", "list.txt", "out"],
            cwd=place,
            env=os.environ | {"NO_ALBUMENTATIONS_UPDATE": "1"},
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - start
        kept = sum(1 for _ in Path(place, "out").glob("*.tar"))
        if kept != -(-len(urls) // 200):
            raise RuntimeError(f"img2dataset wrote {kept} shards")
        return seconds


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
