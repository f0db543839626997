"""The endpoint captioner against the capacity of a simulated server.

The server has 16 slots. A reply takes 50 ms to its first token and 2 ms for each further one; it
runs in a process of its own and notes how long its slots were busy. That time, over the whole time
that the captioner took for its pictures and over the number of slots, is the share of the capacity
that was used, start and end included. One server lets more requests wait, as vLLM does; the other
allows 8 to wait and answers 429 to all others, as gateways do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

from benchmarks.row import Row
from vsfa_data.caption.captioners.endpoint import EndpointCaptioner, EndpointOptions
from vsfa_data.caption.picture import Picture

SLOTS = 16
FIRST_TOKEN_S = 0.05
TOKEN_S = 0.002
TOKENS = {"caption": 40, "short": 2}
PICTURES = 1024

SERVER = f"""
import asyncio, json, sys
from aiohttp import web

slots = asyncio.Semaphore({SLOTS})
allowed = int(sys.argv[1])
inside = busy_s = 0

async def chat(request):
    global inside, busy_s
    if inside >= allowed:
        return web.json_response({{"error": {{"message": "too many"}}}}, status=429)
    inside += 1
    try:
        return await reply(request)
    finally:
        inside -= 1

async def reply(request):
    global busy_s
    asked = json.loads(await request.read())
    prompt = asked["messages"][0]["content"][1]["text"]
    caption = prompt.startswith("Describe")
    tokens = {TOKENS["caption"]} if caption else {TOKENS["short"]}
    async with slots:
        start = asyncio.get_running_loop().time()
        await asyncio.sleep({FIRST_TOKEN_S} + tokens * {TOKEN_S})
        busy_s += asyncio.get_running_loop().time() - start
    text = "A red cup stands on a table." if caption else "a cup"
    text = "No" if prompt.startswith("Is there") else text
    message = {{"role": "assistant", "content": text}}
    return web.json_response({{"choices": [{{"message": message, "finish_reason": "stop"}}]}})

async def busy(request):
    return web.json_response(busy_s)

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
    for what, allowed in (("lets others wait", 10**6), (f"refuses over {SLOTS + 8}", SLOTS + 8)):
        busy = _busy_slots(pictures, allowed)
        yield Row(f"endpoint: busy slots, server {what}", busy, SLOTS, "slots", ">= 0.95")


def _busy_slots(pictures: list[Picture], allowed: int) -> float:
    """Slots at work while `pictures` are captioned by a server that takes `allowed` requests."""
    command = [sys.executable, "-c", SERVER, str(allowed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("no output to read the port from")
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        captioner = EndpointCaptioner(EndpointOptions(url=url, model="simulated"))
        captioner.open()
        started = time.perf_counter()
        said = captioner.caption(pictures)
        seconds = time.perf_counter() - started
        if not all(caption.absent for caption in said):
            raise RuntimeError("the simulated server was not understood")
        with urllib.request.urlopen(f"{url}/busy") as answer:  # noqa: S310  our own server
            return float(json.load(answer)) / seconds
    finally:
        process.kill()
        process.wait()


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
