"""Reading a reply's body: so many bytes, so fast, in an encoding that is known."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp

from vsfa_data.collect.fetch.failures import Failure, Got
from vsfa_data.collect.fetch.hold import SMALL_BYTES, Hold

GRACE_S: Final = 2.0
"""Time for which a body may come as slowly as it likes."""
PIECE_BYTES: Final = 256 * 1024
_DRAIN_BYTES: Final = 64 * 1024
_DRAIN_S: Final = 0.5


@dataclass(frozen=True)
class Limits:
    """How large a body may be, after decoding too, and how slow on the average."""

    max_bytes: int
    min_bytes_per_s: int

    def check_size(self, size: int) -> None:
        """Raises Failure `too_many_bytes`."""
        if size > self.max_bytes:
            raise Failure("too_many_bytes", f"more than {self.max_bytes} bytes")

    def check_speed(self, size: int, elapsed_s: float) -> None:
        """Raises Failure `too_slow`; `elapsed_s` since the body began."""
        if size < (elapsed_s - GRACE_S) * self.min_bytes_per_s:
            detail = f"fewer than {self.min_bytes_per_s} bytes a second"
            raise Failure("too_slow", detail, got=Got.CONNECTED)


async def read(
    response: aiohttp.ClientResponse, limits: Limits, hold: Hold, left_s: float | None
) -> bytes:
    """The whole body, decoded, within `left_s`. Raises Failure, and what aiohttp raises."""
    length, inflater = response.content_length, Inflater.of(response)
    is_known = length is not None and inflater is None
    if length is not None:
        limits.check_size(length)
    await hold.reserve(min(length if is_known and length else SMALL_BYTES, limits.max_bytes))
    now, content = asyncio.get_running_loop().time, response.content
    began = now() - hold.waited_s
    pieces: list[bytes] = []
    received = size = 0
    while chunk := await content.readany():
        received += len(chunk)
        limits.check_size(received)
        elapsed_s = now() - began - hold.waited_s
        limits.check_speed(received, elapsed_s)
        if left_s is not None and elapsed_s > left_s:
            raise TimeoutError
        for piece in (chunk,) if inflater is None else inflater.pieces(chunk):
            size += len(piece)
            limits.check_size(size)
            if size > SMALL_BYTES and not is_known:
                await hold.reserve(limits.max_bytes)
            pieces.append(piece)
    if inflater is not None:
        inflater.check_end()
    if not size:
        raise Failure("empty_reply", "no bytes")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def pieces_of(
    response: aiohttp.ClientResponse, limits: Limits
) -> AsyncGenerator[bytes, None]:
    """The body piece by piece, decoded. Raises Failure, and what aiohttp raises."""
    inflater = Inflater.of(response)
    now, content = asyncio.get_running_loop().time, response.content
    began = now()
    received = size = 0
    while chunk := await content.readany():
        received += len(chunk)
        limits.check_size(received)
        limits.check_speed(received, now() - began)
        for piece in (chunk,) if inflater is None else inflater.pieces(chunk):
            size += len(piece)
            limits.check_size(size)
            paused = now()
            yield piece
            began += now() - paused  # what the reader does meanwhile is not the server's fault
    if inflater is not None:
        inflater.check_end()


class Inflater:
    """Undoes gzip and deflate in bounded pieces; no encoding at all was asked for."""

    def __init__(self, encoding: str) -> None:
        kind = encoding.strip().lower()
        if kind not in {"gzip", "x-gzip", "deflate"}:
            shown = kind[:40].encode("unicode_escape").decode()
            raise Failure("bad_encoding", f"Content-Encoding: {shown}")
        self._name = kind
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | (0 if kind == "deflate" else 16))

    @classmethod
    def of(cls, response: aiohttp.ClientResponse) -> Inflater | None:
        """What the reply needs. Raises Failure `bad_encoding`."""
        encoding: str = response.headers.get("Content-Encoding", "")
        return None if encoding.strip().lower() in {"", "identity"} else cls(encoding)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` continues with, at most PIECE_BYTES at a time."""
        try:
            while data and not self._stream.eof:
                piece = self._stream.decompress(data, PIECE_BYTES)
                data = self._stream.unconsumed_tail
                if piece:
                    yield piece
        except zlib.error:
            raise Failure("bad_encoding", f"not valid {self._name}") from None

    def check_end(self) -> None:
        """Raises Failure `truncated` if more should have come."""
        if not self._stream.eof:
            raise Failure("truncated", f"the {self._name} stream ends too early")


async def drain(response: aiohttp.ClientResponse) -> None:
    """Read a small body that nobody wants, so that its connection can serve again."""
    if (response.content_length or 0) <= _DRAIN_BYTES and not response.content.is_eof():
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                received = 0
                while received <= _DRAIN_BYTES and (chunk := await response.content.readany()):
                    received += len(chunk)
