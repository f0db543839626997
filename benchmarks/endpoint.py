"""The endpoint captioner, and a build's step `caption` with it, against what a server can take.

The server has 16 slots. A reply takes 50 ms to its first token and 2 ms for each further one; it
runs in a process of its own and notes how long its slots were busy. That time, over the time from
its first request to its last reply and over the number of slots, is the share of the capacity that
was used, start and end included. One server lets more requests wait, as vLLM does; the other
allows 8 to wait and answers 429 to all others, as gateways do.

A build captions the selected third of each shard: it reads pictures from shards, looks at their
pixels, writes shards, and has the engine give it groups of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.row import Row
from vsfa_data import recipe as recipes
from vsfa_data import tables
from vsfa_data.caption.captioners.endpoint import EndpointCaptioner, EndpointOptions
from vsfa_data.caption.picture import Picture
from vsfa_data.caption.stage import CaptionStage
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.stages import Shard

SLOTS = 16
FIRST_TOKEN_S = 0.05
TOKEN_S = 0.002
TOKENS = {"caption": 40, "short": 2}
PICTURES = 1024
SHARD, SELECTED = 64, 22

SERVER = f"""
import asyncio, json, sys
from aiohttp import web

slots = asyncio.Semaphore({SLOTS})
allowed = int(sys.argv[1])
inside = busy_s = first = last = 0

async def chat(request):
    global inside, first
    first = first or asyncio.get_running_loop().time()
    if inside >= allowed:
        return web.json_response({{"error": {{"message": "too many"}}}}, status=429)
    inside += 1
    try:
        return await reply(request)
    finally:
        inside -= 1

async def reply(request):
    global busy_s, last
    asked = json.loads(await request.read())
    prompt = asked["messages"][0]["content"][1]["text"]
    caption = prompt.startswith("Describe")
    tokens = {TOKENS["caption"]} if caption else {TOKENS["short"]}
    async with slots:
        start = asyncio.get_running_loop().time()
        await asyncio.sleep({FIRST_TOKEN_S} + tokens * {TOKEN_S})
        last = asyncio.get_running_loop().time()
        busy_s += last - start
    text = "A red cup stands on a table." if caption else "a cup"
    text = "No" if prompt.startswith("Is there") else text
    message = {{"role": "assistant", "content": text}}
    return web.json_response({{"choices": [{{"message": message, "finish_reason": "stop"}}]}})

async def busy(request):
    return web.json_response(busy_s / (last - first))

async def main():
    app = web.Application(client_max_size=50_000_000)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/busy", busy)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def measure() -> Iterator[Row]:
    """Slots that were busy on average, of both servers."""
    pictures = _pictures()
    servers = (("lets others wait", 10**6), (f"refuses over {SLOTS + 8}", SLOTS + 8))
    for how, run in (("", _asked), (", in a build", _built)):
        for what, allowed in servers:
            busy = _busy_slots(pictures, allowed, run)
            yield Row(f"endpoint: busy slots, server {what}{how}", busy, SLOTS, "slots", ">= 0.95")


def _busy_slots(
    pictures: list[Picture], allowed: int, run: Callable[[str, list[Picture]], None]
) -> float:
    """Slots at work while `run` has `pictures` captioned by a server that takes `allowed`."""
    command = [sys.executable, "-c", SERVER, str(allowed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("no output to read the port from")
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        run(url, pictures)
        with urllib.request.urlopen(f"{url}/busy") as answer:  # noqa: S310  our own server
            return float(json.load(answer))
    finally:
        process.kill()
        process.wait()


def _asked(url: str, pictures: list[Picture]) -> None:
    captioner = EndpointCaptioner(EndpointOptions(url=url, model="simulated"))
    captioner.open()
    if not all(caption.absent for caption in captioner.caption(pictures)):
        raise RuntimeError("the simulated server was not understood")


def _built(url: str, pictures: list[Picture]) -> None:
    """The step as the pipeline runs it, with shards of SHARD pictures of which SELECTED are."""
    chosen = {"captioner": "endpoint", "url": url, "model": "simulated"}
    made = recipes.load("quickstart", [f"caption={json.dumps(chosen)}"])
    with tempfile.TemporaryDirectory() as folder:
        shards = [
            _shard(Path(folder), number, pictures[start : start + SELECTED])
            for number, start in enumerate(range(0, len(pictures), SELECTED))
        ]
        done: list[int] = []
        Path(folder, "captions").mkdir()
        with LocalEngine(2) as engine:
            plain = made.model_dump(mode="json")
            engine.run(
                Work(CaptionStage, plain, Path(folder, "captions"), alone=True), shards, done.append
            )
        if sum(done) != len(pictures):
            raise RuntimeError("a picture was lost")


def _shard(folder: Path, number: int, pictures: list[Picture]) -> Shard:
    """Files of IMAGES and SELECTION; what is not selected is as large as what is."""
    blank = {field.name: None for field in tables.IMAGES.schema}
    images = [
        blank
        | {"image_id": one.image_id, "image": one.data, "format": "jpeg", "phash": "0" * 16}
        | {"position": 0, "width": 448, "height": 448, "source": "made", "source_ref": "made"}
        for one in pictures
    ]
    others = [
        images[at % len(images)] | {"image_id": f"{at:064}"} for at in range(SHARD - len(images))
    ]
    selected = [
        {"image_id": one.image_id, "position": len(others) + at}
        | {"config": "threat", "match_id": None, "cluster_id": one.image_id}
        for at, one in enumerate(pictures)
    ]
    listed = [row | {"position": at} for at, row in enumerate([*others, *images])]
    written = {"images": tables.IMAGES.build(listed)}
    written["selection"] = tables.SELECTION.build(selected)
    files = {name: folder / f"{name}-{number}.parquet" for name in written}
    for name, table in written.items():
        pq.write_table(table, files[name])
    return Shard(number, files, work=folder / "work")


def _pictures() -> list[Picture]:
    """JPEG files of 448 x 448 px, about 50 kB each."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    made = []
    for _ in range(PICTURES):
        coarse = random.integers(0, 256, (56, 56, 3), np.uint8)
        data = BytesIO()
        Image.fromarray(coarse).resize((448, 448)).save(data, "JPEG", quality=90)
        made.append(Picture(sha256(data.getvalue()).hexdigest(), data.getvalue()))
    return made
