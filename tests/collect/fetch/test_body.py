"""Bodies: limits of size and speed, encodings undone in bounded pieces, leftovers read away."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from tests.collect.fetch.fetching import data, fetch, fetch_many, why
from tests.collect.fetch.server import JPEG, Server, Visit, reply
from vsfa_data.collect.fetch import body
from vsfa_data.collect.fetch.body import GRACE_S, PIECE_BYTES, Inflater, Limits
from vsfa_data.collect.fetch.failures import Failure, Got


def test_limits_of_size_and_speed() -> None:
    limits = Limits(max_bytes=10, min_bytes_per_s=100)
    limits.check_size(10)
    with pytest.raises(Failure, match="too_many_bytes: more than 10 bytes"):
        limits.check_size(11)
    limits.check_speed(0, GRACE_S)
    limits.check_speed(100, GRACE_S + 1.0)
    with pytest.raises(Failure, match="too_slow: fewer than 100 bytes a second") as caught:
        limits.check_speed(99, GRACE_S + 1.0)
    assert caught.value.got is Got.CONNECTED
    Limits(10, 0).check_speed(0, 1e9)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "\x1b[2J"])
def test_encodings_that_were_not_asked_for(encoding: str) -> None:
    with pytest.raises(Failure, match="bad_encoding: Content-Encoding: ") as caught:
        Inflater(encoding)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("encoding", "encoded"),
    [
        ("gzip", gzip.compress(JPEG)),
        (" X-Gzip ", gzip.compress(JPEG)),
        ("deflate", zlib.compress(JPEG)),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_what_comes_in_any_pieces_is_undone(encoding: str, encoded: bytes, step: int) -> None:
    inflater = Inflater(encoding)
    found = b""
    for start in range(0, len(encoded), step):
        found += b"".join(inflater.pieces(encoded[start : start + step]))
    inflater.check_end()
    assert found == JPEG


def test_what_follows_the_end_is_passed_over() -> None:
    inflater = Inflater("gzip")
    assert b"".join(inflater.pieces(gzip.compress(b"a") + b"trailer")) == b"a"
    assert list(inflater.pieces(b"more")) == []
    inflater.check_end()


def test_a_stream_that_ends_early_or_is_none() -> None:
    inflater = Inflater("gzip")
    list(inflater.pieces(gzip.compress(JPEG)[:-9]))
    with pytest.raises(Failure, match="truncated: the gzip stream ends too early"):
        inflater.check_end()
    with pytest.raises(Failure, match="bad_encoding: not valid deflate"):
        list(Inflater("deflate").pieces(gzip.compress(JPEG)))


def test_a_bomb_comes_in_pieces_and_costs_no_memory() -> None:
    bomb = gzip.compress(bytes(100_000_000), 9)
    assert len(bomb) < 100_000
    pieces = Inflater("gzip").pieces(bomb)
    tracemalloc.start()
    try:
        sizes = [len(next(pieces)) for _ in range(20)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(sizes) <= PIECE_BYTES
    assert peak < 10 * PIECE_BYTES


def test_bytes_of_the_wire_count_as_well_as_those_that_come_out(server: Server) -> None:
    """Gzip members after the first are passed over, but not without end."""
    endless = gzip.compress(b"a") + bytes(200_000)
    url = server.on("/x", reply(200, endless, Content_Encoding="gzip"))
    assert why(fetch(server, url))[0] == "too_many_bytes"


def test_a_small_reply_that_nobody_wants_leaves_its_connection_usable(server: Server) -> None:
    missing = server.on("/missing", reply(404, b"x" * 60_000))
    large = server.on("/large", reply(404, bytes(5_000_000)))
    good = server.on("/good", reply())
    for first, connections in ((missing, 1), (large, 2)):
        server.connections = 0
        found = fetch_many(server, [first, good, good], per_host=1)
        assert why(found[0]) == ("http_status", "HTTP 404")
        assert data(found[1]) == JPEG
        assert server.connections == connections


def test_a_reply_that_nobody_wants_and_that_never_ends(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_DRAIN_S", 0.05)

    async def endless(visit: Visit) -> None:
        await visit.send(b"HTTP/1.1 404 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await visit.send(b"4\r\nmore\r\n")

    found = fetch_many(server, [server.on("/x", endless), server.on("/y", reply())], per_host=1)
    assert why(found[0]) == ("http_status", "HTTP 404")
    assert data(found[1]) == JPEG
