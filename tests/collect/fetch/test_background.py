from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.collect.fetch.fetching import MAX_BYTES, data, settings, why
from tests.collect.fetch.server import JPEG, Server, hang, reply
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.fetch.background import Downloads, fetch_all
from vsfa_data.collect.fetch.order import Fetched


@pytest.fixture
def allowed(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
    yield server
    assert [thread.name for thread in threading.enumerate() if thread.name == "downloads"] == []


def test_a_list(allowed: Server) -> None:
    urls = [allowed.on(f"/{number}", reply()) for number in range(100)] + [allowed.url("/none")]
    found = dict(fetch_all(urls, settings(), MAX_BYTES))
    assert sorted(found) == list(range(101))
    assert [data(found[number]) for number in range(100)] == [JPEG] * 100
    assert why(found[100]) == ("http_status", "HTTP 404")


def test_without_the_variable_loopback_is_refused(server: Server) -> None:
    url = server.on("/a", reply())
    [(_, result)] = fetch_all([url], settings(), MAX_BYTES)
    assert why(result) == ("address_not_public", "loopback")
    assert server.connections == 0


def test_downloads_go_on_while_the_reader_works_and_then_wait_for_it(allowed: Server) -> None:
    urls = [allowed.on(f"/{number}", reply()) for number in range(100)]
    with Downloads(settings(concurrency=10, per_host=50), MAX_BYTES) as downloads:
        found = downloads.fetch_all(urls)
        time.sleep(0.3)
        assert len(allowed.visits) == 10
        assert len([data(result) for _, result in found]) == 100


def test_two_lists_at_once(allowed: Server) -> None:
    first = [allowed.on("/a", reply()), allowed.on("/hang", hang)]
    second = [allowed.on(f"/{number}", reply()) for number in range(30)]
    began = time.monotonic()
    with Downloads(settings(reply_timeout_s=1.0), MAX_BYTES) as downloads:
        slow, quick = downloads.fetch_all(first), downloads.fetch_all(second)
        assert len(dict(quick)) == 30
        assert time.monotonic() - began < 0.9
        results = dict(slow)
    assert data(results[0]) == JPEG
    assert why(results[1])[0] == "timeout"


def test_a_reader_that_leaves_holds_nothing(allowed: Server) -> None:
    urls = [allowed.on(f"/{number}", reply()) for number in range(50)]
    with Downloads(settings(concurrency=3), MAX_BYTES) as downloads:
        for _ in range(5):
            for _number, result in downloads.fetch_all(urls):
                assert isinstance(result, Fetched)
                break
        assert len(dict(downloads.fetch_all(urls))) == 50


def test_leaving_stops_what_is_under_way(allowed: Server) -> None:
    urls = [allowed.on(f"/{number}", hang) for number in range(50)]
    began = time.monotonic()
    with Downloads(settings(reply_timeout_s=60, attempt_timeout_s=60), MAX_BYTES) as downloads:
        downloads.fetch_all(urls)
        time.sleep(0.1)
    assert time.monotonic() - began < 2.0


def test_a_bug_in_the_thread_comes_out(allowed: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("vsfa_data.collect.fetch.body.read", broken)
    url = allowed.on("/a", reply())
    with pytest.raises(ZeroDivisionError):
        list(fetch_all([url], settings(), MAX_BYTES))
