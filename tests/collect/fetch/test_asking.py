"""Turns at a host, redirects between hosts, leave of each of them. Most of it: test_client.py."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import ExitStack

import pytest

from tests.collect.fetch.fetching import MAX_BYTES, all_of, data, fetch, fetch_many, settings, why
from tests.collect.fetch.server import JPEG, Server, Visit, hang, reply
from vsfa_data.collect.fetch import net
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.net import Answer
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.rejected import Rejected


def with_names(server: Server, url: str, names: dict[str, str]) -> Fetched | Rejected:
    """What becomes of `url` where `names` lead to addresses."""

    async def look_up(host: str, _: int) -> list[Answer]:
        return [(socket.AF_INET, names[host])]

    async def run() -> Fetched | Rejected:
        fetcher = Fetcher(settings(), MAX_BYTES, allowance=server.allowance, lookup=look_up)
        async with fetcher as fetching:
            try:
                return await fetching.fetch(url)
            except Rejected as no:
                return no

    return asyncio.run(run())


def test_a_redirect_to_a_name_that_leads_to_a_private_network(server: Server) -> None:
    url = server.on("/x", reply(302, b"", Location="http://inside.example.com/secret"))
    result = with_names(server, url, {"inside.example.com": "10.0.0.1"})
    assert why(result) == ("redirect_not_public", "private")


def test_a_redirect_to_a_socket_that_is_not_what_was_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose second answer, behind the one that was checked, would be private."""
    target = f"http://rebinding.example.com:{server.port}/secret"
    url = server.on("/x", reply(302, b"", Location=target))
    real, asked = net.refused, []

    def late(address: str, *_: object) -> str | None:
        asked.append(address)
        return "loopback" if asked.count("127.0.0.2") == 2 else None

    monkeypatch.setattr(net, "refused", late)
    result = with_names(server, url, {"rebinding.example.com": "127.0.0.2"})
    assert why(result) == ("redirect_not_public", "loopback")
    assert real("127.0.0.2", server.port, server.allowance) == "loopback"
    assert server.asked() == ["/x"]


def test_a_redirect_to_a_host_that_is_not_there_may_pass(server: Server) -> None:
    with Server() as gone:
        target = gone.url("/a")
    url = server.on("/x", [reply(302, b"", Location=target), reply()])
    allowed = type(server.allowance)(server.allowance.hosts | gone.allowance.hosts)

    async def run() -> bytes:
        async with Fetcher(settings(retries=1), MAX_BYTES, allowance=allowed) as fetching:
            return (await fetching.fetch(url)).data

    assert asyncio.run(run()) == JPEG


def test_the_last_of_a_host_says_so_and_no_other_does(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(5)]
    assert [data(found) for found in fetch_many(server, urls, per_host=1)] == [JPEG] * 5
    said = [visit.headers.get("connection") for visit in server.visits]
    assert said == [None, None, None, None, "close"]


def test_a_pause_that_the_host_asked_for_is_kept_for_each_of_its_addresses(server: Server) -> None:
    first = server.on("/first", [reply(503, b"", Retry_After="1"), reply()])
    others = [server.on(f"/{number}", reply()) for number in range(3)]
    began = time.monotonic()
    found = fetch_many(server, [first, *others], per_host=1, retries=1)
    assert [data(result) for result in found] == [JPEG] * 4
    assert 1.0 <= time.monotonic() - began < 2.0


def test_leave_is_asked_before_the_first_address_and_never_for_policies(server: Server) -> None:
    url = server.on("/a", reply())
    assert data(fetch(server, url, honour_opt_out=True, robots_txt=True)) == JPEG
    assert [visit.path for visit in server.visits] == [
        *("/.well-known/tdmrep.json", "/robots.txt", "/a")
    ]


def test_leaving_ends_what_still_reads_a_policy(server: Server) -> None:
    server.on("/.well-known/tdmrep.json", hang)
    url = server.on("/a", reply())
    limits = settings(honour_opt_out=True, reply_timeout_s=60)

    async def run() -> None:
        async with Fetcher(limits, MAX_BYTES, allowance=server.allowance) as fetching:
            waiting = asyncio.create_task(fetching.fetch(url))
            await asyncio.sleep(0.1)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < 1.0


def test_a_host_that_hangs_costs_its_patience_once_and_a_slow_one_is_waited_for(
    server: Server,
) -> None:
    """Silent to every question, of many addresses; and an image after most of its patience."""

    async def slow(visit: Visit) -> None:
        await asyncio.sleep(0.7)
        await visit.send(reply())

    limits = {"honour_opt_out": True, "reply_timeout_s": 1.0, "retries": 3}
    with Server() as other:
        for one in (server, other):
            one.on("/.well-known/tdmrep.json", hang)
        urls = [server.on(f"/{number}", hang) for number in range(10)]
        began = time.monotonic()
        found = [why(no) for no in fetch_many(server, urls, **limits)]
        assert 0.9 < time.monotonic() - began < 1.4
        assert set(found) == {("timeout", "silent for 1 s"), GIVEN_UP}
        assert len(server.asked()) < 4, "beside the question for its policy"
        assert data(fetch(other, other.on("/slow", slow), **limits)) == JPEG


GIVEN_UP = ("host_given_up", "it failed too often in a row")


def test_who_is_given_up_is_named_where_a_redirect_led_there(server: Server) -> None:
    with Server() as silent:
        target = silent.on("/a", hang)
        urls = [server.on(f"/{n}", reply(302, b"", Location=target)) for n in range(20)]
        both = Allowance(server.allowance.hosts | silent.allowance.hosts)
        limits = settings(reply_timeout_s=0.3, retries=0, per_host=2)
        with Background(limits, MAX_BYTES, allowance=both) as web:
            found = {why(no) for no in all_of(web, urls).values()}
    where = f"redirected to 127.0.0.1:{silent.port}: {GIVEN_UP[1]}"
    assert found == {("timeout", "silent for 0.3 s"), ("host_given_up", where)}


def test_a_host_that_lets_nobody_connect_costs_one_wait() -> None:
    """Its queue is full, so that the system drops whoever knocks, as a firewall would."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, ExitStack() as queue:
        at: tuple[str, int] = deaf.getsockname()
        for _ in range(8):
            one = queue.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(at)
        url = "http://{}:{}/a".format(*at)

        async def run() -> Rejected:
            limits = settings(honour_opt_out=True, retries=3, connect_timeout_s=0.5)
            async with Fetcher(limits, MAX_BYTES, allowance=Allowance(frozenset({at}))) as web:
                with pytest.raises(Rejected) as caught:
                    await web.fetch(url)
            return caught.value

        began = time.monotonic()
        no = asyncio.run(run())
        assert (no.reason, no.detail) == ("timeout", "no connection within 0.5 s")
        assert 0.4 < time.monotonic() - began < 0.9
