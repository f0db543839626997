"""Opt-outs and robots.txt, as a server states them."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.collect.fetch.fetching import data, fetch, fetch_many, why
from tests.collect.fetch.server import JPEG, Server, Visit, cut, hang, reply, reset
from vsfa_data.collect.fetch.order import Fetched

TDMREP = "/.well-known/tdmrep.json"
ROBOTS = "/robots.txt"


def reserve(*locations: str) -> bytes:
    rules = [{"location": location, "tdm-reservation": 1} for location in locations]
    return reply(200, json.dumps(rules).encode())


def visited(server: Server) -> list[str]:
    return [visit.path for visit in server.visits]


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"X_Robots_Tag": "noai"}, "X-Robots-Tag: noai"),
        ({"X_Robots_Tag": "nofollow, noimageai"}, "X-Robots-Tag: noimageai"),
        ({"X_Robots_Tag": "vsfa-data: noindex"}, "X-Robots-Tag: noindex"),
        ({"tdm_reservation": "1"}, "tdm-reservation: 1"),
    ],
)
def test_a_header_opts_out(server: Server, headers: dict[str, str], detail: str) -> None:
    url = server.on("/a.jpg", reply(**headers))
    assert why(fetch(server, url, honour_opt_out=True)) == ("opted_out", detail)
    assert data(fetch(server, url, honour_opt_out=False)) == JPEG


def test_a_header_that_speaks_to_others_does_not(server: Server) -> None:
    url = server.on("/a.jpg", reply(X_Robots_Tag="otherbot: noai, noindex"))
    assert data(fetch(server, url, honour_opt_out=True)) == JPEG
    result = fetch(server, url, honour_opt_out=True, user_agent="OtherBot/2.0")
    assert why(result) == ("opted_out", "X-Robots-Tag: noai")


def test_a_redirect_may_opt_out_too(server: Server) -> None:
    server.on("/b.jpg", reply())
    url = server.on("/a.jpg", reply(302, b"", Location="/b.jpg", X_Robots_Tag="noai"))
    assert why(fetch(server, url, honour_opt_out=True)) == ("opted_out", "X-Robots-Tag: noai")
    assert server.asked() == ["/a.jpg"]


def test_a_reserved_path_is_not_even_asked_for(server: Server) -> None:
    server.on(TDMREP, reserve("/reserved/"))
    urls = [server.on(path, reply()) for path in ("/reserved/a.jpg", "/a.jpg", "/b.jpg")]
    found = fetch_many(server, urls, honour_opt_out=True)
    assert why(found[0]) == ("opted_out", "tdmrep.json")
    assert [data(result) for result in found[1:]] == [JPEG, JPEG]
    assert visited(server) == [TDMREP, "/a.jpg", "/b.jpg"]


def test_nothing_is_asked_where_nothing_is_honoured(server: Server) -> None:
    server.on(TDMREP, reserve("/"))
    assert data(fetch(server, server.on("/a.jpg", reply()), honour_opt_out=False)) == JPEG
    assert visited(server) == ["/a.jpg"]


def test_the_host_that_a_redirect_leads_to_is_asked_as_well(server: Server) -> None:
    server.on(TDMREP, reply(404))
    with Server("127.0.0.2") as other:
        other.on(TDMREP, reserve("/"))
        url = server.on("/a.jpg", reply(302, b"", Location=other.on("/b.jpg", reply())))
        result = fetch_with(server, other, url)
    assert why(result) == ("opted_out", "tdmrep.json")
    assert visited(other) == [TDMREP]


def fetch_with(server: Server, other: Server, url: str) -> Any:
    class Both:
        allowance = type(server.allowance)(server.allowance.hosts | other.allowance.hosts)

    return fetch(Both, url, honour_opt_out=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [
        reply(404),
        reply(403),
        reply(500),
        reply(503),
        reply(200, b""),
        reply(200, b"<html>Not found</html>"),
        reply(200, b"[" * 10_000),
        reply(302, b"", Location=TDMREP),
        reply(302, b"", Location="http://10.0.0.1/"),
        reply(302, b"", Location="http://127.0.0.1:1/"),
        reply(Content_Encoding="br"),
        hang,
        reset,
        cut(reply(Content_Length="5000")),
    ],
)
def test_a_tdmrep_json_that_does_not_come_reserves_nothing(server: Server, answer: Any) -> None:
    server.on(TDMREP, answer)
    url = server.on("/a.jpg", reply())
    assert data(fetch(server, url, honour_opt_out=True)) == JPEG


def test_robots_txt_is_behind_a_switch(server: Server) -> None:
    server.on(ROBOTS, reply(200, b"User-agent: *\nDisallow: /*.jpg$\n"))
    urls = [server.on(path, reply()) for path in ("/a.jpg", "/a.jpg?b", "/c.png")]
    first, *others = fetch_many(server, urls, robots_txt=True)
    assert why(first) == ("robots_disallowed", None)
    assert [data(result) for result in others] == [JPEG, JPEG]
    assert visited(server) == [ROBOTS, "/a.jpg?b", "/c.png"]
    assert [data(result) for result in fetch_many(server, urls)] == [JPEG] * 3


@pytest.mark.parametrize("answer", [reply(404), reply(401), reply(200, b""), reply(429)])
def test_without_a_robots_txt_all_is_allowed(server: Server, answer: bytes) -> None:
    server.on(ROBOTS, answer)
    url = server.on("/a.jpg", reply())
    limits = {"robots_txt": True, "total_timeout_s": 20}
    assert data(fetch(server, url, **limits)) == JPEG


@pytest.mark.parametrize(
    "answer",
    [reply(500), reply(302, b"", Location=ROBOTS), hang, cut(reply(Content_Length="9999"))],
)
def test_a_robots_txt_out_of_order_forbids_all(server: Server, answer: Any) -> None:
    server.on(ROBOTS, answer)
    url = server.on("/a.jpg", reply())
    assert why(fetch(server, url, robots_txt=True)) == ("robots_disallowed", None)


def test_a_host_is_asked_once_for_all(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(50)]
    found = fetch_many(server, urls, honour_opt_out=True, robots_txt=True)
    assert [data(result) for result in found] == [JPEG] * 50
    assert visited(server)[:2] == [TDMREP, ROBOTS]
    assert len(visited(server)) == 52


def test_a_host_that_is_not_there_costs_one_connection_at_a_time() -> None:
    with Server() as server:
        urls = [server.url(f"/{number}") for number in range(20)]
    found = fetch_many(server, urls, honour_opt_out=True)
    assert {why(result)[0] for result in found} <= {"connection_failed", "host_given_up"}


def test_a_hanging_host_is_given_up(server: Server) -> None:
    for path in (TDMREP, ROBOTS, *(f"/{number}" for number in range(100))):
        server.on(path, hang)
    began = time.monotonic()
    urls = [server.url(f"/{number}") for number in range(100)]
    found = fetch_many(server, urls, honour_opt_out=True, retries=3)
    assert {why(result)[0] for result in found} == {"timeout", "host_given_up"}
    assert time.monotonic() - began < 2.0
    assert len(server.visits) < 10


def test_a_host_that_never_answers_is_asked_once_about_itself_and_once_for_an_image(
    server: Server,
) -> None:
    for path in (TDMREP, "/a"):
        server.on(path, hang)
    (found,) = fetch_many(server, [server.url("/a")], honour_opt_out=True, retries=3)
    assert why(found) == ("timeout", "silent for 0.3 s")
    assert [visit.path for visit in server.visits] == [TDMREP, "/a"]


def test_a_host_that_has_answered_before_is_asked_again(server: Server) -> None:
    async def silent_once(visit: Visit) -> None:
        await (hang(visit) if visit.count == 1 else visit.send(reply()))

    server.on("/a", silent_once)
    (found,) = fetch_many(server, [server.url("/a")], honour_opt_out=True, retries=3)
    assert isinstance(found, Fetched)
    assert server.asked() == ["/a", "/a"]


SLOWLY = {"honour_opt_out": True, "reply_timeout_s": 1.0}


class Slow:
    """Handlers that answer after a while, and the most requests that were with them at once."""

    def __init__(self, pause_s: float) -> None:
        self.now = self.most = 0
        self._pause_s = pause_s

    def __call__(self, answer: bytes) -> Any:
        async def send(visit: Visit) -> None:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(self._pause_s)
            self.now -= 1
            await visit.send(answer)

        return send


@pytest.mark.parametrize(
    ("limits", "most"), [({}, 2), ({"per_host": 1}, 1), ({"robots_txt": True}, 1)]
)
def test_a_slow_host_is_asked_for_its_image_while_it_looks_for_its_policy(
    server: Server, limits: dict[str, Any], most: int
) -> None:
    """If two requests at once are allowed, and nothing else must be known before."""
    slow = Slow(0.25)
    server.on(TDMREP, slow(reply(404, b"")))
    assert data(fetch(server, server.on("/a", slow(reply())), **SLOWLY, **limits)) == JPEG
    assert slow.most == most


def test_what_a_slow_host_reserves_is_not_read(server: Server) -> None:
    """The image's reply is there first, and would be too large; its place is lent meanwhile."""
    server.on(TDMREP, Slow(0.5)(reserve("/a")))
    url = server.on("/a", reply(Content_Length="5000000"))
    others = [server.on("/b", reply()), server.on("/c", reply())]
    found = fetch_many(server, [url, *others], **SLOWLY, concurrency=1)
    assert why(found[0]) == ("opted_out", "tdmrep.json")
    assert [data(other) for other in found[1:]] == [JPEG, JPEG]
