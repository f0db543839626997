"""Many addresses: limits, order of lanes, dead hosts, readers that leave."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.collect.fetch.fetching import (
    MAX_BYTES,
    all_of,
    background,
    data,
    fetch_many,
    settings,
    why,
)
from tests.collect.fetch.server import JPEG, Server, Visit, cut, hang, reply
from vsfa_data.collect.fetch import hold
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.fetch.exchange import Exchange
from vsfa_data.collect.fetch.failures import Failure
from vsfa_data.collect.fetch.order import Fetched, Order
from vsfa_data.collect.rejected import Rejected


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
    with background(server, per_host=50, concurrency=5) as web:
        web.fetch(server.on("/first", reply()))  # a host that never answered needs no place
        assert len(all_of(web, urls)) == 60
    assert crowd.most == 5


def test_connections_are_used_again(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(200)]
    assert [data(found) for found in fetch_many(server, urls)] == [JPEG] * 200
    assert server.connections <= 9  # the last ones of a host say that they are
    assert {visit.headers.get("connection") for visit in server.visits[:150]} == {None}


def test_a_slow_host_keeps_nobody_else_waiting(server: Server) -> None:
    with Server("127.0.0.2") as slow:
        crowd = Crowd(0.2)
        urls = [slow.on(f"/{number}", crowd) for number in range(8)]
        urls += [server.on(f"/{number}", reply()) for number in range(50)]
        allowed = Allowance(server.allowance.hosts | slow.allowance.hosts)
        with Background(settings(per_host=2), MAX_BYTES, allowance=allowed) as web:
            order = list(all_of(web, urls))
    assert all(number >= 8 for number in order[:50])


def test_hosts_that_never_answer_hold_up_no_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 hanging hosts, 4 places, and none of them lent: a good host in between has them all."""
    monkeypatch.setattr(hold, "PATIENCE_S", 60.0)
    results = _among_hanging_hosts(places=4, reply_timeout_s=1.0)
    reasons = [getattr(result, "reason", "good") for _, result in results]
    assert Counter(reasons) == {"good": 101, "timeout": 20}
    assert set(reasons[:100]) == {"good"}, "the good ones waited for a time-out"


def test_a_slow_host_among_hanging_ones_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """More hanging hosts than may be asked at once: silent ones give way, the slow one stays."""
    monkeypatch.setattr(hold, "PATIENCE_S", 0.02)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)
    results = _among_hanging_hosts(places=1, reply_timeout_s=1.0)
    assert data(dict(results)[SLOW]) == JPEG
    assert len([result for _, result in results if isinstance(result, Fetched)]) == 101


SLOW = 1000


def _among_hanging_hosts(places: int, **limits: float) -> list[tuple[int, Fetched | Rejected]]:
    """Outcomes, as they came, of a good host's images, 20 hanging hosts, and a slow host (SLOW).

    The slow one is silent for 0.6 of `reply_timeout_s`, and again before its image.
    """

    async def slowly(visit: Visit) -> None:
        await asyncio.sleep(0.6 * limits["reply_timeout_s"])
        await visit.send(reply() if visit.path == "/a" else reply(404, b""))

    with ExitStack() as mute, Server() as good, Server("127.0.0.2") as slow:
        slow.on("/.well-known/tdmrep.json", slowly)
        addresses = [(f"127.0.1.{number}", 0) for number in range(1, 21)]
        listening = [mute.enter_context(socket.create_server(one)) for one in addresses]
        hanging = [one.getsockname() for one in listening]
        urls = [(number, good.on(f"/{number}", reply())) for number in range(100)]
        bad = [(100 + n, f"http://{host}:{port}/") for n, (host, port) in enumerate(hanging)]
        urls[8:8] = [*bad, (SLOW, slow.on("/a", slowly))]
        hosts = Allowance(good.allowance.hosts | slow.allowance.hosts | frozenset(hanging))
        asked = settings(concurrency=places, honour_opt_out=True, attempt_timeout_s=5.0, **limits)
        with Background(asked, MAX_BYTES, allowance=hosts) as web:
            web.start(urls)
            done = []
            while web.under_way:
                done.append(web.take())
    return done


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


def test_a_bug_is_not_taken_for_a_bad_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("vsfa_data.collect.fetch.body.read", broken)
    url = server.on("/a", reply())
    with pytest.raises(ZeroDivisionError):
        fetch_many(server, [url] * 20)


def test_failures_leave_nothing_to_the_collector(server: Server) -> None:
    """Python's collector walks through all requests under way, so that it is seldom asked to."""
    with Server("127.0.0.2") as silent, socket.create_server(("127.0.0.1", 0)) as free:
        silent.on("/.well-known/tdmrep.json", hang)
        nobody: tuple[str, int] = free.getsockname()
        free.close()
        urls = [
            server.on("/missing", reply(404)),
            server.on("/cut", cut(reply()[:-1])),
            server.on("/loop", reply(302, b"", Location="/loop")),
            silent.on("/silent", hang),
            "http://{}:{}/dead".format(*nobody),
        ]
        hosts = Allowance(server.allowance.hosts | silent.allowance.hosts | {nobody})
        limits = settings(honour_opt_out=True, retries=1, reply_timeout_s=0.1)
        gc.collect()
        gc.disable()
        try:
            with Background(limits, MAX_BYTES, allowance=hosts) as web:
                found = all_of(web, urls)
            left = [one for one in gc.get_objects() if type(one) in (Exchange, Order, Failure)]
        finally:
            gc.enable()
    reasons = ["http_status", "truncated", "redirect_loop", "timeout", "connection_failed"]
    assert [why(found[number])[0] for number in range(5)] == reasons
    assert not left
