from __future__ import annotations

import threading
import time
from collections.abc import Iterator

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
from tests.collect.fetch.server import JPEG, Server, cut, hang, reply
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.rejected import Rejected


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name == "downloads"] == []


def test_a_list(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(100)] + [server.url("/none")]
    found = fetch_many(server, urls)
    assert [data(result) for result in found[:100]] == [JPEG] * 100
    assert why(found[100]) == ("http_status", "HTTP 404")


def test_loopback_is_refused_unless_the_environment_allows_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.on("/a", reply())
    with Background(settings(), MAX_BYTES) as web:
        assert why(all_of(web, [url])[0]) == ("address_not_public", "loopback")
    assert server.connections == 0
    monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
    with Background(settings(), MAX_BYTES) as web:
        assert data(all_of(web, [url])[0]) == JPEG


def test_one_address(server: Server) -> None:
    with background(server) as web:
        assert web.fetch(server.on("/a", reply())).data == JPEG
        with pytest.raises(Rejected, match="http_status: HTTP 404"):
            web.fetch(server.url("/none"))


def test_json(server: Server) -> None:
    server.on("/api?page=2", reply(200, b'{"found": []}'))
    with background(server) as web:
        answer = web.json(server.url("/api"), {"page": 2}, {"X-Key": "x"})
    assert answer == {"found": []}
    assert server.visits[0].headers["x-key"] == "x"


def test_a_stream(server: Server) -> None:
    body = bytes(range(256)) * 8192
    url = server.on("/large", reply(200, body))
    with background(server) as web:
        pieces = list(web.stream(url, len(body)))
        assert b"".join(pieces) == body
        assert len(pieces) > 1  # how many, depends on how busy the machine is
        with pytest.raises(Rejected, match="too_many_bytes"):
            list(web.stream(url, len(body) - 1))


def test_a_stream_that_breaks_off(server: Server) -> None:
    url = server.on("/cut", cut(reply(Content_Length="5000")))
    with background(server) as web:
        pieces = web.stream(url, MAX_BYTES)
        assert next(pieces) == JPEG
        with pytest.raises(Rejected, match="truncated"):
            next(pieces)


def test_a_stream_that_is_left_early_lets_go_of_everything(server: Server) -> None:
    url = server.on("/large", reply(200, bytes(10_000_000)))
    with background(server, concurrency=1, per_host=1) as web:
        for _ in range(3):
            for _piece in web.stream(url, 10**8):
                break
        assert web.fetch(server.on("/a", reply())).data == JPEG


def test_downloads_go_on_while_the_reader_works_and_then_wait_for_it(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(100)]
    with background(server, concurrency=10, per_host=50) as web:
        web.fetch(server.on("/first", reply()))  # a host that never answered needs no place
        web.start(enumerate(urls))
        time.sleep(0.3)
        assert len(server.visits) == 1 + 10
        assert web.is_ready
        web.take()
        time.sleep(0.1)
        assert len(server.visits) == 1 + 11
        assert web.under_way == 99
        found = [web.take()[1] for _ in range(99)]
        assert (web.under_way, web.is_ready) == (0, False)
    assert [data(result) for result in found] == [JPEG] * 99


def test_addresses_may_follow_while_others_are_under_way(server: Server) -> None:
    urls = [server.on(f"/{number}", reply()) for number in range(30)]
    began = time.monotonic()
    with background(server, reply_timeout_s=1.0) as web:
        web.start([(30, server.on("/hang", hang))])
        for number, url in enumerate(urls):
            web.start([(number, url)])
        first = dict(web.take() for _ in range(30))
        assert sorted(first) == list(range(30))
        assert time.monotonic() - began < 0.9
        number, result = web.take()
    assert (number, why(result)[0]) == (30, "timeout")


def test_a_reader_that_leaves_stops_what_is_under_way(server: Server) -> None:
    urls = [server.on(f"/{number}", hang) for number in range(50)]
    urls += [server.on(f"/good/{number}", reply()) for number in range(50)]
    began = time.monotonic()
    with background(server, reply_timeout_s=60, attempt_timeout_s=60, per_host=50) as web:
        web.start(enumerate(urls))
        time.sleep(0.1)
    assert time.monotonic() - began < 2.0


def test_a_bug_in_the_thread_comes_out(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("vsfa_data.collect.fetch.body.read", broken)
    url = server.on("/a", reply())
    with background(server) as web:
        with pytest.raises(ZeroDivisionError):
            all_of(web, [url])
        with pytest.raises(ZeroDivisionError):
            web.fetch(url)
