"""How long a host that is silent or slow is waited for, with the default time limits.

One host after the other, without any other: the clock is what counts, and no core is busy.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.row import Row
from tests.collect.fetch.server import Handler, Server, Visit, hang, reply
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.fetch.settings import FetchSection

WELL_KNOWN: Final = "/.well-known/tdmrep.json"
MAX_BYTES: Final = 10**6
_MISSING: Final = reply(404, b"no")


def measure() -> Iterator[Row]:
    """Seconds until all addresses of a host are done, as a share of `reply_timeout_s`."""
    wait_s = FetchSection().reply_timeout_s
    for what, addresses, policy, image, goal in (
        ("never answers, 1 address", 1, hang, hang, "<= 1.1"),
        ("… 10 addresses", 10, hang, hang, "<= 1.1"),
        ("silent but for its tdmrep.json, 1", 1, _after(0, _MISSING), hang, "<= 2.2"),
        ("… 10 addresses", 10, _after(0, _MISSING), hang, "<= 1.2"),
        ("silent for its tdmrep.json, 10 images", 10, hang, _after(0, reply()), "<= 0.7"),
        ("4 s for each reply, 1 image", 1, _after(4, _MISSING), _after(4, reply()), "<= 1"),
        ("… 10 images", 10, _after(4, _MISSING), _after(4, reply()), "<= 1.8"),
        ("2 s for each reply, 10 images", 10, _after(2, _MISSING), _after(2, reply()), "<= 1"),
    ):
        yield Row(what, _seconds(addresses, policy, image), wait_s, "s", goal)


def _after(seconds: float, answer: bytes) -> Handler:
    async def send(visit: Visit) -> None:
        await asyncio.sleep(seconds)
        await visit.send(answer)

    return send


def _seconds(addresses: int, policy: Handler, image: Handler) -> float:
    with Server() as server:
        server.on(WELL_KNOWN, policy)
        urls = [server.on(f"/{number}", image) for number in range(addresses)]
        began = time.perf_counter()
        with Background(FetchSection(), MAX_BYTES, allowance=server.allowance) as web:
            web.start(enumerate(urls))
            while web.under_way:
                web.take()
        return time.perf_counter() - began
