"""The fetcher against a server that does everything wrong."""

from __future__ import annotations

import asyncio
import gzip
import random
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.collect.fetch.fetching import (
    MAX_BYTES,
    background,
    data,
    fetch,
    fetch_many,
    fetcher,
    settings,
    why,
)
from tests.collect.fetch.server import (
    JPEG,
    Server,
    Visit,
    cut,
    drip,
    drip_headers,
    hang,
    reply,
    reset,
)
from vsfa_data import tables
from vsfa_data.collect.fetch import client, hold, hosts
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.failures import Failure, Then
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.rejected import Rejected

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_good_image(server: Server) -> None:
    url = server.on("/a.jpg", reply(Content_Type="text/html"))
    fetched = fetch(server, url)
    assert fetched == Fetched(JPEG, url)
    assert isinstance(fetched, Fetched)
    assert fetched.media_type == "image/jpeg"
    [visit] = server.visits
    assert visit.headers["user-agent"].startswith("vsfa-data/")
    assert visit.headers["accept-encoding"] == "identity"
    assert visit.headers["accept"].startswith("image/jpeg,")
    assert "cookie" not in visit.headers
    assert "referer" not in visit.headers


def test_the_recipe_names_the_user_agent(server: Server) -> None:
    url = server.on("/a.jpg", reply())
    data(fetch(server, url, user_agent="my-set/1 (me@example.org)"))
    assert server.visits[0].headers["user-agent"] == "my-set/1 (me@example.org)"


def test_cookies_are_not_kept(server: Server) -> None:
    url = server.on("/a.jpg", reply(Set_Cookie="a=b"))
    assert [data(found) for found in fetch_many(server, [url, url])] == [JPEG, JPEG]
    assert all("cookie" not in visit.headers for visit in server.visits)


def test_a_proxy_of_the_environment_is_not_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert data(fetch(server, server.on("/a.jpg", reply()))) == JPEG


REPLIES: list[tuple[str, bytes | Callable[[Visit], object], tuple[str, str | None]]] = [
    ("404", reply(404), ("http_status", "HTTP 404")),
    ("403", reply(403), ("http_status", "HTTP 403")),
    ("204", reply(204, b""), ("http_status", "HTTP 204")),
    ("206", reply(206), ("http_status", "HTTP 206")),
    ("304", reply(304, b""), ("http_status", "HTTP 304")),
    ("no bytes", reply(200, b""), ("empty_reply", "no bytes")),
    ("hanging", hang, ("timeout", "silent for 0.3 s")),
    ("reset", reset, ("connection_failed", "the server hung up")),
    (
        "reset within the headers",
        cut(b"HTTP/1.1 200 OK\r\nContent-Le"),
        ("connection_failed", "the server hung up"),
    ),
    (
        "shorter than it said",
        cut(reply(200, JPEG, Content_Length="5000")),
        ("truncated", "the server hung up within its reply"),
    ),
    (
        "chunks that break off",
        cut(CHUNKED + b"100\r\nabc"),
        ("truncated", "the server hung up within its reply"),
    ),
    (
        "chunks without an end",
        cut(CHUNKED + b"3\r\nabc\r\n"),
        ("truncated", "the server hung up within its reply"),
    ),
    ("chunks that are none", cut(CHUNKED + b"zz\r\nabc\r\n"), ("bad_reply", "not valid HTTP")),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", ("bad_reply", "not valid HTTP")),
    (
        "huge headers",
        reply(X_Huge="a" * 100_000),
        ("bad_reply", "not valid HTTP"),
    ),
    (
        "many headers",
        reply(**{f"X_{number}": "a" for number in range(10_000)}),
        ("bad_reply", "not valid HTTP"),
    ),
    (
        "two lengths",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        ("bad_reply", "not valid HTTP"),
    ),
    (
        "too long, as it says",
        reply(200, b"", Content_Length=str(MAX_BYTES + 1)),
        ("too_many_bytes", f"more than {MAX_BYTES} bytes"),
    ),
    (
        "too long, without saying",
        cut(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MAX_BYTES + 1)),
        ("too_many_bytes", f"more than {MAX_BYTES} bytes"),
    ),
    (
        "too long in chunks",
        CHUNKED + b"ffff\r\n" + bytes(0xFFFF) + b"\r\nffff\r\n" + bytes(0xFFFF) + b"\r\n0\r\n\r\n",
        ("too_many_bytes", f"more than {MAX_BYTES} bytes"),
    ),
    (
        "gzip bomb",
        reply(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
        ("too_many_bytes", f"more than {MAX_BYTES} bytes"),
    ),
    (
        "gzip that is none",
        reply(Content_Encoding="gzip"),
        ("bad_encoding", "not valid gzip"),
    ),
    (
        "gzip that ends early",
        reply(200, gzip.compress(JPEG)[:-12], Content_Encoding="gzip"),
        ("truncated", "the gzip stream ends too early"),
    ),
    (
        "an encoding unasked for",
        reply(Content_Encoding="br"),
        ("bad_encoding", "Content-Encoding: br"),
    ),
    (
        "an encoding that is no text",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: \xff\r\nContent-Length: 1\r\n\r\na",
        ("bad_encoding", "Content-Encoding: \\udcff"),
    ),
    (
        "headers that drip",
        drip_headers,
        ("timeout", "not done within 2 s"),
    ),
    (
        "two encodings",
        reply(Content_Encoding="gzip, gzip"),
        ("bad_encoding", "Content-Encoding: gzip, gzip"),
    ),
    ("a slow drip", drip(JPEG, 0.1), ("too_slow", "fewer than 500000 bytes a second")),
    ("nowhere", reply(302, b""), ("redirect_refused", "no Location")),
    ("to a file", reply(302, b"", Location="file:///etc/passwd"), ("scheme_not_allowed", "")),
    ("to data", reply(302, b"", Location="data:image/png;base64,AA"), ("scheme_not_allowed", "")),
    (
        "to a private address",
        reply(301, b"", Location="http://10.0.0.1/"),
        ("redirect_not_public", "private"),
    ),
    (
        "to loopback",
        reply(308, b"", Location="//127.0.0.1:1/"),
        ("redirect_not_public", "loopback"),
    ),
    ("to a number", reply(307, b"", Location="http://0x7f.1/"), ("ambiguous_host", "")),
    (
        "to metadata",
        reply(302, b"", Location="http://169.254.169.254/"),
        ("redirect_not_public", "link-local"),
    ),
    (
        "with credentials",
        reply(302, b"", Location="http://a:b@example.com/"),
        ("credentials_in_url", ""),
    ),
    ("to a port", reply(303, b"", Location="http://example.com:25/"), ("port_not_allowed", "")),
    ("to itself", reply(302, b"", Location="/x"), ("redirect_loop", None)),
    ("to nonsense", reply(302, b"", Location="http://[/"), ("bad_url", "")),
]


@pytest.mark.parametrize(
    ("answer", "expected"), [case[1:] for case in REPLIES], ids=[case[0] for case in REPLIES]
)
def test_what_goes_wrong(
    server: Server,
    answer: bytes | Callable[[Visit], object],
    expected: tuple[str, str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vsfa_data.collect.fetch.body.GRACE_S", 0.2)
    url = server.on("/x", answer)  # type: ignore[arg-type]
    reason, detail = why(fetch(server, url, min_bytes_per_s=500_000))
    assert reason in tables.REASONS
    if expected[1] == "":
        assert reason == expected[0]
        assert (detail or "").startswith("redirected")
    else:
        assert (reason, detail) == expected
    # aiohttp asks once more by itself where a connection closes without a reply.
    assert server.asked() == ["/x"] * (2 if detail == "the server hung up" else 1)


def test_nobody_listens() -> None:
    with Server() as server:
        url, allowance = server.url("/x"), server.allowance
    result = asyncio.run(_one(Fetcher(settings(retries=3), MAX_BYTES, allowance=allowance), url))
    assert why(result) == ("connection_failed", "ECONNREFUSED")


async def _one(fetcher: Fetcher, url: str) -> Fetched | Rejected:
    async with fetcher:
        try:
            return await fetcher.fetch(url)
        except Rejected as no:
            return no


def test_a_tls_handshake_that_never_ends(server: Server) -> None:
    url = server.on("/x", reply()).replace("http:", "https:")
    result = fetch(server, url, connect_timeout_s=0.3)
    assert why(result) == ("timeout", "no connection within 0.3 s")


def test_no_tls_where_tls_was_expected() -> None:
    with Server(greeting=b"220 smtp.example.com ready\r\n") as server:
        url = server.url("/x").replace("http:", "https:")
        assert why(fetch(server, url)) == ("connection_failed", "no TLS connection")


def test_a_certificate_that_nobody_vouches_for() -> None:
    with Server(certificate=Path(__file__).with_name("self_signed.pem")) as server:
        url = server.on("/x", reply()).replace("http:", "https:")
        assert why(fetch(server, url)) == ("connection_failed", "the certificate is not valid")
        assert server.visits == []


def test_a_reply_longer_than_it_said_is_not_trusted(server: Server) -> None:
    url = server.on("/x", cut(reply(Content_Length="10")))
    assert why(fetch(server, url)) == ("bad_reply", "not valid HTTP")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(JPEG)),
        ("X-GZIP", gzip.compress(JPEG)),
        ("deflate", zlib.compress(JPEG)),
        ("identity", JPEG),
    ],
)
def test_encodings_that_are_known_are_undone(server: Server, encoding: str, body: bytes) -> None:
    url = server.on("/x", reply(200, body, Content_Encoding=encoding))
    assert data(fetch(server, url)) == JPEG


@pytest.mark.parametrize("size", [MAX_BYTES, 1])
def test_exactly_the_greatest_size_is_fetched(server: Server, size: int) -> None:
    said = server.on("/said", reply(200, bytes(size)))
    unsaid = server.on("/unsaid", cut(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(size)))
    assert [len(data(found)) for found in fetch_many(server, [said, unsaid])] == [size, size]


def test_a_large_body_of_unknown_length(server: Server) -> None:
    body = bytes(range(256)) * 4096
    url = server.on("/x", cut(b"HTTP/1.1 200 OK\r\n\r\n" + body))

    async def run() -> bytes:
        async with Fetcher(settings(), 2_000_000, allowance=server.allowance) as fetching:
            return (await fetching.fetch(url)).data

    assert asyncio.run(run()) == body


def test_redirects_are_followed_up_to_a_limit(server: Server) -> None:
    for number, status in enumerate((301, 302, 303, 307, 308)):
        server.on(f"/{number}", reply(status, b"", Location=f"/{number + 1}?a=b#c"))
        server.on(f"/{number}?a=b", reply(status, b"", Location=f"/{number + 1}?a=b#c"))
    server.on("/5?a=b", reply())
    url = server.url("/0")
    assert fetch(server, url) == Fetched(JPEG, server.url("/5?a=b"))
    assert why(fetch(server, url, max_redirects=4)) == ("too_many_redirects", "more than 4")
    assert why(fetch(server, url, max_redirects=0)) == ("too_many_redirects", "more than 0")


def test_a_longer_loop_of_redirects(server: Server) -> None:
    for name, target in ("ab", "bc", "ca"):
        server.on(f"/{name}", reply(302, b"", Location=f"/{target}"))
    assert why(fetch(server, server.url("/a"), max_redirects=20)) == ("redirect_loop", None)
    assert server.asked() == ["/a", "/b", "/c"]


def test_a_redirect_to_another_port_of_this_machine_is_refused(server: Server) -> None:
    with Server() as other:
        target = other.on("/secret", reply())
        url = server.on("/x", reply(302, b"", Location=target))
        assert why(fetch(server, url)) == ("redirect_not_public", "loopback")
        assert other.connections == 0


def test_what_may_pass_is_tried_again(server: Server) -> None:
    answers = [reply(status, b"") for status in (500, 502, 504)]
    url = server.on("/x", [*answers, reply()])
    assert data(fetch(server, url, retries=3)) == JPEG
    assert len(server.asked()) == 4


def test_there_are_so_many_attempts_and_no_more(server: Server) -> None:
    url = server.on("/x", reply(500, b""))
    assert why(fetch(server, url, retries=2)) == ("http_status", "HTTP 500")
    assert len(server.asked()) == 3


@pytest.mark.parametrize("answer", [reset, hang, cut(reply(Content_Length="5000"))])
def test_a_server_that_breaks_off_is_tried_once_more(
    server: Server, answer: Callable[[Visit], object]
) -> None:
    """It has answered before, if only that it has no tdmrep.json."""
    url = server.on("/x", answer)  # type: ignore[arg-type]
    failed = why(fetch(server, url, retries=3, honour_opt_out=True))
    assert len(server.asked()) == (4 if failed[1] == "the server hung up" else 2)


def test_a_connection_that_broke_once(server: Server) -> None:
    async def once(visit: Visit) -> None:
        await (reset(visit) if visit.count == 1 else visit.send(reply()))

    assert data(fetch(server, server.on("/x", once), retries=1)) == JPEG


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_what_will_not_pass_is_not_tried_again(server: Server, status: int) -> None:
    url = server.on("/x", reply(status, b""))
    assert why(fetch(server, url, retries=3)) == ("http_status", f"HTTP {status}")
    assert len(server.asked()) == 1


def test_retry_after_is_kept(server: Server) -> None:
    url = server.on("/x", [reply(429, b"", Retry_After="1"), reply()])
    began = time.monotonic()
    assert data(fetch(server, url, retries=1)) == JPEG
    assert 1.0 <= time.monotonic() - began < 2.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_beyond_the_total_time_is_refused_at_once(server: Server, status: int) -> None:
    url = server.on("/x", reply(status, b"", Retry_After="3600"))
    other = server.on("/y", reply())
    began = time.monotonic()
    first, second = fetch_many(server, [url, other], retries=3, per_host=1)
    assert why(first) == ("rate_limited", f"HTTP {status}: too long a wait")
    assert why(second) == ("rate_limited", "the host wants a longer pause")
    assert time.monotonic() - began < 1.0
    assert server.asked() == ["/x"]


def test_a_storm_of_429_costs_no_image(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that allows ten requests each 100 ms gets them, and no address is lost."""
    monkeypatch.setattr(hosts, "BUSY_S", 0.1)
    allowed: list[float] = []

    async def strict(visit: Visit) -> None:
        now = time.monotonic()
        allowed[:] = [when for when in allowed if now - when < 0.1]
        if len(allowed) >= 10:
            await visit.send(reply(429, b""))
        else:
            allowed.append(now)
            await visit.send(reply())

    urls = [server.on(f"/{number}", strict) for number in range(100)]
    found = fetch_many(server, urls, retries=3, per_host=8)
    assert [data(result) for result in found] == [JPEG] * 100
    assert len(server.asked()) < 200


def test_the_waits_grow_and_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACK_OFF_S", 1.0)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def run(jitter: random.Random) -> None:
        fetching = Fetcher(settings(total_timeout_s=100, retries=20), MAX_BYTES, jitter=jitter)
        order = fetching.order()
        failure = Failure("http_status", "HTTP 500", Then.LATER)
        while order.left_s > 30.0:
            await fetching.wait(failure, order)
        order.left_s = 14.9
        with pytest.raises(Rejected, match="http_status: HTTP 500"):
            await fetching.wait(failure, order)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(run(random.Random(1)))
    assert len(waits) >= 5
    assert all(min(30, 2**n) / 2 <= wait <= min(30, 2**n) for n, wait in enumerate(waits))
    again, waits[:] = list(waits), []
    asyncio.run(run(random.Random(1)))
    assert waits == again


def test_the_total_time_holds(server: Server) -> None:
    url = server.on("/x", hang)
    began = time.monotonic()
    limits = {"reply_timeout_s": 0.5, "total_timeout_s": 0.7, "retries": 9}
    assert why(fetch(server, url, **limits))[0] == "timeout"
    assert time.monotonic() - began < 1.2


def test_an_attempt_that_takes_too_long(server: Server) -> None:
    url = server.on("/x", drip(JPEG, 0.05))
    limits = {"attempt_timeout_s": 0.4, "min_bytes_per_s": 0}
    assert why(fetch(server, url, **limits)) == ("timeout", "not done within 0.4 s")


def test_a_slow_reader_lets_nobody_time_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies that begin late find their places taken by what nobody has taken yet."""
    monkeypatch.setattr(hold, "PATIENCE_S", 0.02)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)

    async def late(visit: Visit) -> None:
        await asyncio.sleep(0.2)
        await visit.send(reply())

    urls = [server.on(f"/late/{number}", late) for number in range(4)]
    urls += [server.on(f"/{number}", reply()) for number in range(8)]
    limits = {"concurrency": 2, "per_host": 8, "attempt_timeout_s": 0.5, "total_timeout_s": 0.6}

    found = []
    with background(server, **limits) as web:
        web.start(enumerate(urls))
        while web.under_way:
            found.append(web.take()[1])
            time.sleep(0.15)
    assert [data(result) for result in found] == [JPEG] * 12


def test_json(server: Server) -> None:
    server.on(
        "/api?q=a%26b&page=2", reply(200, b'{"results": [1, "\xc3\xa4"]}', X_Robots_Tag="noindex")
    )

    async def run() -> object:
        async with fetcher(server, honour_opt_out=True) as fetching:
            return await fetching.json(
                server.url("/api"), {"q": "a&b", "page": 2}, {"Authorization": "Bearer x"}
            )

    assert asyncio.run(run()) == {"results": [1, "ä"]}
    [visit] = server.visits  # no tdmrep.json was asked for
    assert visit.headers["authorization"] == "Bearer x"
    assert visit.headers["accept"] == "application/json"


def test_an_api_is_waited_for_and_asked_again(server: Server) -> None:
    """Silent to the first question, and to the second for longer than an image's host may be."""

    async def slowly(visit: Visit) -> None:
        await asyncio.sleep(3600 if visit.count == 1 else 0.3)
        await visit.send(reply(200, b"[1]"))

    async def run() -> object:
        async with fetcher(server, reply_timeout_s=0.2, retries=1) as fetching:
            return await fetching.json(server.on("/api", slowly))

    assert asyncio.run(run()) == [1]


def test_headers_of_json_stay_at_their_origin(server: Server) -> None:
    with Server("127.0.0.2") as other:
        server.on("/a", reply(302, b"", Location="/b"))
        server.on("/b", reply(302, b"", Location=other.on("/c", reply(200, b"3"))))

        async def run() -> object:
            allowed = type(server.allowance)(server.allowance.hosts | other.allowance.hosts)
            async with Fetcher(settings(), MAX_BYTES, allowance=allowed) as fetching:
                return await fetching.json(server.url("/a"), headers={"Authorization": "x"})

        assert asyncio.run(run()) == 3
        assert [visit.headers.get("authorization") for visit in server.visits] == ["x", "x"]
        assert [visit.headers.get("authorization") for visit in other.visits] == [None]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(200, b"<html>"), ("bad_reply", "not valid JSON")),
        (reply(200, b"[" * 50_000), ("bad_reply", "not valid JSON")),
        (reply(200, b"\xff"), ("bad_reply", "not valid JSON")),
        (reply(401, b"{}"), ("http_status", "HTTP 401")),
        (reply(200, b""), ("empty_reply", "no bytes")),
    ],
)
def test_json_that_is_none(server: Server, answer: bytes, expected: tuple[str, str]) -> None:
    url = server.on("/api", answer)

    async def run() -> None:
        async with fetcher(server) as fetching:
            await fetching.json(url)

    with pytest.raises(Rejected) as no:
        asyncio.run(run())
    assert why(no.value) == expected


def stream(server: Server, url: str, max_bytes: int, **changed: object) -> tuple[bytes, str | None]:
    """What came of a stream, and why it ended early if it did."""

    async def run() -> tuple[bytes, str | None]:
        came = b""
        async with fetcher(server, **changed) as fetching:
            try:
                async for piece in fetching.stream(url, max_bytes):
                    came += piece
            except Rejected as no:
                return came, no.reason
        return came, None

    return asyncio.run(run())


def test_a_stream_has_a_limit_of_its_own(server: Server) -> None:
    body = bytes(3 * MAX_BYTES)
    url = server.on("/x", reply(200, body))
    assert stream(server, url, 3 * MAX_BYTES) == (body, None)
    assert stream(server, url, 3 * MAX_BYTES - 1)[1] == "too_many_bytes"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([reply(500, b""), reply()], (JPEG, None)),
        ([reply(404, b"")], (b"", "http_status")),
        ([reply(200, b"")], (b"", "empty_reply")),
        ([reply(200, gzip.compress(JPEG), Content_Encoding="gzip")], (JPEG, None)),
    ],
)
def test_a_stream_begins_anew_until_something_came(
    server: Server, answers: list[bytes], expected: tuple[bytes, str | None]
) -> None:
    url = server.on("/x", answers)
    assert stream(server, url, MAX_BYTES, retries=1) == expected


def test_a_stream_that_broke_off_is_not_begun_anew(server: Server) -> None:
    url = server.on("/x", cut(reply(Content_Length="5000")))
    assert stream(server, url, MAX_BYTES, retries=3) == (JPEG, "truncated")
    assert len(server.asked()) == 1


def test_a_stream_that_is_left_early_lets_go_of_everything(server: Server) -> None:
    url = server.on("/x", reply(200, bytes(50_000_000)))

    async def run() -> bytes:
        async with fetcher(server, concurrency=1, per_host=1) as fetching:
            for _ in range(3):
                pieces = fetching.stream(url, 10**9)
                async for _piece in pieces:
                    break
                await pieces.aclose()
            return (await fetching.fetch(server.on("/y", reply()))).data

    assert asyncio.run(run()) == JPEG


def test_a_slow_reader_of_a_stream_is_not_a_slow_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsfa_data.collect.fetch.body.GRACE_S", 0.05)
    url = server.on("/x", reply(200, bytes(2_000_000)))

    async def run() -> int:
        size = 0
        async with fetcher(server, min_bytes_per_s=10_000_000, reply_timeout_s=0.2) as fetching:
            async for piece in fetching.stream(url, 10**7):
                size += len(piece)
                await asyncio.sleep(0.1)
        return size

    assert asyncio.run(run()) == 2_000_000
