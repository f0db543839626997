"""One request: its time, its turn at the host, and what is remembered of the host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from yarl import URL

from tests.collect.fetch.fetching import MAX_BYTES, settings
from tests.collect.fetch.server import JPEG, Server, hang, reply, reset
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.exchange import Exchange
from vsfa_data.collect.fetch.failures import Failure, Then
from vsfa_data.collect.fetch.hosts import GIVE_UP_NEW, Host
from vsfa_data.collect.fetch.order import Order
from vsfa_data.collect.rejected import Rejected

Work = Callable[[Exchange], Awaitable[None]]


def exchange(url: str, work: Work, host: Host, order: Order | None = None) -> Order:
    """Do `work` with the reply of `url`, after taking a turn at `host`; the order of it."""
    order = order or Fetcher(settings(), MAX_BYTES).order()

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            host.turns.take_now()
            begun = Exchange(URL(url), host, order, 1.0)
            timeout = aiohttp.ClientTimeout(sock_read=order.reply_s)
            await begun.begin(session, None, timeout)
            with begun:
                await work(begun)

    try:
        asyncio.run(run())
    finally:
        order.hold.release()
        assert host.turns.taken == 0, "the turn was not given back"
    return order


async def read(begun: Exchange) -> None:
    assert await begun.reply.read() == JPEG


def test_a_good_reply_proves_the_host_and_costs_its_time(server: Server) -> None:
    host = Host(per_host=20)

    async def read_slowly(begun: Exchange) -> None:
        left_s = begun.left_s
        assert left_s is not None
        await asyncio.sleep(0.2)
        assert begun.left_s == pytest.approx(left_s - 0.2, abs=0.05)
        await read(begun)

    order = exchange(server.on("/a", reply()), read_slowly, host)
    assert host.turns.limit == 20
    assert order.left_s == pytest.approx(4.0 - 0.2, abs=0.1)


def test_without_a_limit_there_is_no_time_left_to_tell(server: Server) -> None:
    order = Fetcher(settings(), MAX_BYTES).order()
    order.attempt_s = None

    async def look(begun: Exchange) -> None:
        assert begun.left_s is None

    exchange(server.on("/a", reply()), look, Host(8), order)


@pytest.mark.parametrize(("answer", "then"), [(hang, Then.GIVE_UP), (reset, Then.ONCE_MORE)])
def test_a_host_that_says_nothing_is_remembered_for_it(
    server: Server, answer: Work, then: Then
) -> None:
    host = Host(per_host=8)
    url = server.on("/a", answer)  # type: ignore[arg-type]
    for _ in range(GIVE_UP_NEW):
        with pytest.raises(Failure) as caught:
            exchange(url, read, host)
        assert caught.value.then is then  # a wait each time is too much
    assert not host.enter_now(asyncio.new_event_loop().time())


def test_what_a_reader_rejects_is_no_fault_of_the_host(server: Server) -> None:
    host = Host(per_host=8)

    async def refuse(_: Exchange) -> None:
        raise Rejected("opted_out", "noai")

    with pytest.raises(Rejected, match="opted_out"):
        exchange(server.on("/a", reply()), refuse, host)
    assert host.turns.limit == 8


def test_a_host_that_asks_for_fewer_requests_gets_them(server: Server) -> None:
    host = Host(per_host=8)

    async def busy(_: Exchange) -> None:
        raise Failure("rate_limited", "HTTP 429", Then.SLOWER, wait_s=30.0)

    with pytest.raises(Failure):
        exchange(server.on("/a", reply()), busy, host)
    assert host.turns.limit == 1
    loop = asyncio.new_event_loop()
    assert host.check(loop.time(), left_s=60.0) == pytest.approx(30.0, abs=1.0)
    loop.close()


def test_a_file_about_the_host_says_nothing_of_its_images(server: Server) -> None:
    order = Fetcher(settings(), MAX_BYTES).order()
    order.is_policy = True
    host = Host(per_host=20)
    assert not host.has_replied
    exchange(server.on("/robots.txt", reply()), read, host, order)
    assert host.turns.limit == GIVE_UP_NEW
    assert host.has_replied


def test_a_bug_passes_as_it_is(server: Server) -> None:
    async def broken(_: Exchange) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        exchange(server.on("/a", reply()), broken, Host(8))
