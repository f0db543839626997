"""Many addresses: limits, order of lanes, dead hosts, readers that leave."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.collect.fetch.fetching import MAX_BYTES, data, fetch_many, fetcher, settings, why
from tests.collect.fetch.server import JPEG, Server, Visit, hang, reply
from vsfa_data.collect.fetch import batch, hold
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.order import Fetched


class Crowd:
    """A handler that knows how many requests are with it at once."""

    def __init__(self, pause_s: float) -> None:
        self.now = self.most = 0
        self._pause_s = pause_s

    async def __call__(self, visit: Visit) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self._pause_s)
        self.now -= 1
        await visit.send(reply())


def test_every_address_has_its_outcome(server: Server) -> None:
    good, missing = server.on("/a", reply()), server.url("/b")
    found = fetch_many(server, [good, missing, "ftp://x/", good, "http://127.0.0.1/", ""])
    assert [data(found[0]), data(found[3])] == [JPEG, JPEG]
    assert [why(found[at]) for at in (1, 2, 4, 5)] == [
        ("http_status", "HTTP 404"),
        ("scheme_not_allowed", "ftp"),
        ("address_not_public", "loopback"),
        ("bad_url", "no scheme"),
    ]


def test_no_addresses(server: Server) -> None:
    assert fetch_many(server, []) == []


@pytest.mark.parametrize(("per_host", "expected"), [(1, 1), (3, 3), (8, 8)])
def test_a_host_gets_so_many_requests_at_once(server: Server, per_host: int, expected: int) -> None:
    crowd = Crowd(0.01)
    urls = [server.on(f"/{number}", crowd) for number in range(60)]
    assert len(fetch_many(server, urls, per_host=per_host)) == 60
    assert crowd.most == expected


def test_there_are_so_many_downloads_at_once(server: Server) -> None:
    crowd = Crowd(0.01)
    urls = [server.on(f"/{number}", crowd) for number in range(60)]
    assert len(fetch_many(server, urls, per_host=50, concurrency=5)) == 60
    assert crowd.most == 5


def test_connections_are_used_again(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(200)]
    assert [data(found) for found in fetch_many(server, urls)] == [JPEG] * 200
    assert server.connections <= 9  # the last ones of a host say that they are
    assert {visit.headers.get("connection") for visit in server.visits[:150]} == {None}


def test_addresses_are_read_as_they_are_needed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "WINDOW", 10)
    url = server.on("/a", reply())
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield url

    async def run() -> None:
        async with fetcher(server) as fetching:
            outcomes = fetching.fetch_many(endless())
            for _ in range(25):
                await anext(outcomes)
            await outcomes.aclose()

    asyncio.run(run())
    assert 25 <= read <= 35


def test_a_slow_host_keeps_nobody_else_waiting(server: Server) -> None:
    with Server("127.0.0.2") as slow:
        crowd = Crowd(0.2)
        urls = [slow.on(f"/{number}", crowd) for number in range(8)]
        urls += [server.on(f"/{number}", reply()) for number in range(50)]
        order = asyncio.run(_order(server, slow, urls))
    assert all(number >= 8 for number in order[:50])


async def _order(server: Server, other: Server, urls: list[str]) -> list[int]:
    allowed = Allowance(server.allowance.hosts | other.allowance.hosts)
    async with Fetcher(settings(per_host=2), MAX_BYTES, allowance=allowed) as fetching:
        return [number async for number, _ in fetching.fetch_many(urls)]


def test_hanging_servers_hold_up_no_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """32 hanging hosts, 4 places: only lending them lets the good ones through in time."""
    monkeypatch.setattr(hold, "PATIENCE_S", 0.02)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)
    hosts = [Server(f"127.0.0.{number}") for number in range(2, 34)]
    with Server() as good:
        for host in hosts:
            host.__enter__()
        urls = [host.on("/a", hang) for host in hosts]
        urls += [good.on(f"/{number}", reply()) for number in range(100)]
        began = time.monotonic()
        results = asyncio.run(_timed(good, hosts, urls))
        for host in hosts:
            host.__exit__()
    last_good = max(when for number, when, _ in results if number >= len(hosts)) - began
    assert last_good < 1.9, "the good ones waited for all of the time-outs"
    reasons = Counter(
        result.reason if not isinstance(result, Fetched) else "good" for _, _, result in results
    )
    assert reasons == {"good": 100, "timeout": 32}


async def _timed(good: Server, hosts: list[Server], urls: list[str]) -> list[tuple]:  # type: ignore[type-arg]
    allowed = Allowance(frozenset((server.host, server.port) for server in (good, *hosts)))
    limits = settings(concurrency=4, reply_timeout_s=2.0, attempt_timeout_s=5.0)
    async with Fetcher(limits, MAX_BYTES, allowance=allowed) as fetching:
        return [
            (number, time.monotonic(), result) async for number, result in fetching.fetch_many(urls)
        ]


def test_a_host_that_does_not_answer_is_given_up(server: Server) -> None:
    urls = [server.on(f"/{number}", hang) for number in range(200)]
    began = time.monotonic()
    found = fetch_many(server, urls, retries=3)
    assert time.monotonic() - began < 1.5
    reasons = Counter(why(result)[0] for result in found)
    assert reasons.keys() == {"timeout", "host_given_up"}
    assert len(server.visits) <= 8


def test_a_host_that_stalls_for_a_while_loses_no_image(server: Server) -> None:
    """It answers, then is silent for eight requests at once, then answers again."""
    silent = 0

    async def moody(visit: Visit) -> None:
        nonlocal silent
        if len(server.visits) >= 20 and silent < 8:
            silent += 1
            await asyncio.sleep(3600)
        await visit.send(reply())

    urls = [server.on(f"/{number}", moody) for number in range(100)]
    found = fetch_many(server, urls, retries=1)
    assert silent == 8
    assert [data(result) for result in found] == [JPEG] * 100


def test_a_slow_reader_holds_the_downloads_up(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(100)]

    async def run() -> int:
        async with fetcher(server, concurrency=4, per_host=50) as fetching:
            outcomes = fetching.fetch_many(urls)
            await anext(outcomes)
            await asyncio.sleep(0.2)
            asked = len(server.visits)
            await outcomes.aclose()
        return asked

    assert asyncio.run(run()) == 5


def test_a_reader_that_leaves_lets_go_of_everything(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(50)]
    slow = [server.on(f"/slow/{number}", hang) for number in range(50)]

    async def run() -> list[bytes]:
        async with fetcher(server, concurrency=4, per_host=50, reply_timeout_s=60) as fetching:
            for _ in range(5):
                outcomes = fetching.fetch_many([*urls[:3], *slow])
                await anext(outcomes)
                await outcomes.aclose()
            return [
                result.data
                async for _, result in fetching.fetch_many(urls)
                if isinstance(result, Fetched)
            ]

    assert asyncio.run(run()) == [JPEG] * 50


def test_a_bug_is_not_taken_for_a_bad_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("vsfa_data.collect.fetch.body.read", broken)
    url = server.on("/a", reply())
    with pytest.raises(ZeroDivisionError):
        fetch_many(server, [url] * 20)
