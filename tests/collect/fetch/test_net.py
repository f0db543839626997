from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from tests.collect.fetch.fetching import MAX_BYTES, data, settings, why
from tests.collect.fetch.server import JPEG, Server, reply
from vsfa_data.collect.fetch import net
from vsfa_data.collect.fetch.allowance import NOTHING, Allowance
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.net import Answer, Resolver, SystemLookup
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.rejected import Rejected

V4, V6 = socket.AF_INET, socket.AF_INET6


def names(*answers: list[Answer] | OSError) -> tuple[net.Lookup, list[str]]:
    """A lookup that gives `answers` in turn (the last stays), and the names it was asked for."""
    asked: list[str] = []

    async def look_up(host: str, _: int) -> list[Answer]:
        asked.append(host)
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, OSError):
            raise answer
        return answer

    return look_up, asked


def fetch(
    lookup: net.Lookup, urls: list[str], allowance: Allowance = NOTHING
) -> list[Fetched | Rejected]:
    async def run() -> list[Fetched | Rejected]:
        found: list[Fetched | Rejected] = []
        limits = settings(connect_timeout_s=0.3)
        async with Fetcher(limits, MAX_BYTES, allowance=allowance, lookup=lookup) as fetcher:
            for url in urls:
                try:
                    found.append(await fetcher.fetch(url))
                except Rejected as no:
                    found.append(no)
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([(V4, "127.0.0.1")], "loopback"),
        ([(V4, "169.254.169.254")], "link-local"),
        ([(V4, "93.184.216.34"), (V4, "10.0.0.1")], "private"),
        ([(V6, "2606:4700::1111"), (V4, "192.168.0.1")], "private"),
        ([(V6, "::ffff:93.184.216.34")], "IPv4-mapped"),
        ([(V6, "64:ff9b::10.0.0.1")], "NAT64 of private"),
        ([(V6, "fe80::1%eth0")], "an address with a zone"),
        ([(V6, "fd00::1")], "unique local"),
    ],
)
def test_a_name_is_refused_if_one_of_its_addresses_is(answers: list[Answer], kind: str) -> None:
    lookup, _ = names(answers)
    [result] = fetch(lookup, ["http://example.com/"])
    assert why(result) == ("name_not_public", kind)


def test_answers_that_are_public_are_passed_on() -> None:
    lookup, _ = names([(V4, "93.184.216.34"), (V6, "64:ff9b::8.8.8.8")])
    found = asyncio.run(Resolver(lookup, NOTHING, 1.0).resolve("example.com", 80))
    assert [(entry["host"], entry["port"], entry["family"]) for entry in found] == [
        ("93.184.216.34", 80, V4),
        ("64:ff9b::8.8.8.8", 80, V6),
    ]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "the name has no address"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "the name could not be looked up for now"),
        ([], "the name has no address"),
    ],
)
def test_a_name_that_leads_nowhere(answer: list[Answer] | OSError, detail: str) -> None:
    lookup, _ = names(answer)
    [result] = fetch(lookup, ["http://example.com/"])
    assert why(result) == ("dns_failure", detail)


def test_a_name_server_that_hangs() -> None:
    async def lookup(*_: object) -> list[Answer]:
        await asyncio.sleep(3600)
        return []

    [result] = fetch(lookup, ["http://example.com/"])
    assert why(result) == ("dns_failure", "no answer within 0.3 s")


def test_a_name_that_turns_private_is_refused_when_asked_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net, "DNS_CACHE_S", 0.0)
    monkeypatch.setattr(net, "refused", pretend(server, public={"127.0.0.2"}))
    lookup, asked = names([(V4, "127.0.0.2")], [(V4, "127.0.0.1")])
    url = f"http://rebinding.example.com:{server.port}/a"
    server.on("/a", reply())
    first, second = fetch(lookup, [url, url])
    assert why(first) == ("connection_failed", "ECONNREFUSED")  # nobody is at 127.0.0.2
    assert why(second) == ("name_not_public", "loopback")
    assert asked == ["rebinding.example.com"] * 2
    assert server.connections == 0


def pretend(server: Server, public: set[str]) -> Callable[[str, int, Allowance], str | None]:
    """As `net.refused`, with some loopback addresses taken for public ones."""

    def refused(address: str, port: int, allowance: Allowance) -> str | None:
        assert port == server.port
        return None if address in public or allowance.admits(address, port) else "loopback"

    return refused


def test_what_is_connected_to_is_what_was_checked(server: Server) -> None:
    """A lookup is checked once for each connection, and there is no second one behind it."""
    lookup, asked = names([(V4, "127.0.0.1")])
    server.on("/a", reply())
    url = f"http://name.example.com:{server.port}/a"
    found = fetch(lookup, [url, url], server.allowance)
    assert [data(result) for result in found] == [JPEG] * 2
    assert (asked, server.connections) == (["name.example.com"], 1)


def test_a_socket_to_a_private_address_is_not_made(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unchecked(_: Resolver, host: str, port: int, **__: object) -> object:
        return [
            {"hostname": host, "host": "127.0.0.1", "port": port, "family": V4}
            | {"proto": 0, "flags": 0}
        ]

    monkeypatch.setattr(Resolver, "resolve", unchecked)
    lookup, _ = names([])
    [result] = fetch(lookup, [f"http://example.com:{server.port}/"])
    assert why(result) == ("address_rebound", "loopback")
    assert server.connections == 0


def test_a_request_to_a_private_peer_is_not_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []

    def late(*asked: object) -> str | None:
        calls.append(asked)
        return None if len(calls) < 3 else "loopback"  # lets the lookup and the socket pass

    monkeypatch.setattr(net, "refused", late)
    lookup, _ = names([(V4, "127.0.0.1")])
    [result] = fetch(lookup, [f"http://example.com:{server.port}/"])
    assert why(result) == ("address_rebound", "loopback")
    assert (server.visits, len(calls)) == ([], 3)


def test_the_system_looks_names_up() -> None:
    async def run() -> list[Answer]:
        return await SystemLookup()("localhost", 80)

    assert (V4, "127.0.0.1") in asyncio.run(run())


def test_the_system_refuses_what_is_no_name() -> None:
    async def run() -> None:
        lookup = SystemLookup()
        for _ in range(3):
            with pytest.raises(socket.gaierror):
                await lookup(f"{'a' * 64}.example", 80)

    asyncio.run(run())
