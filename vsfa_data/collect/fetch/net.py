"""Sockets that connect to public addresses alone, whatever a name resolves to.

Three checks, so that no cache, race or rebinding name server comes between them: every answer
of a lookup, the very address that a socket is made for, and the peer of each connection before
a request is written to it.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from vsfa_data.collect.fetch.addresses import kind_of
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.failures import Failure, Got, NotPublicError, Then, of_lookup

Answer = tuple[socket.AddressFamily, str]
Lookup = Callable[[str, int], Awaitable[list[Answer]]]

LOOKUP_THREADS: Final = 256
DNS_CACHE_S: Final = 300
KEEPALIVE_S: Final = 5.0


class Resolver(AbstractResolver):
    """Addresses of a name, refused as a whole if one of them is not public.

    `found` is told the name and port that will be connected to, and the loop's time.
    """

    def __init__(
        self,
        lookup: Lookup,
        allowance: Allowance,
        timeout_s: float,
        found: Callable[[str, int, float], None] = lambda *_: None,
    ) -> None:
        self._lookup, self._allowance, self._timeout_s = lookup, allowance, timeout_s
        self._found = found

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 the connector asks for any
    ) -> list[ResolveResult]:
        """Raises Failure: dns_failure, name_not_public."""
        try:
            async with asyncio.timeout(self._timeout_s):
                answers = await self._lookup(host, port)
        except TimeoutError:
            detail = f"no answer within {self._timeout_s:g} s"
            raise Failure("dns_failure", detail, Then.ONCE_MORE, got=Got.NOWHERE) from None
        except OSError as error:
            raise of_lookup(error) from None
        if not answers:
            raise Failure("dns_failure", "the name has no address", got=Got.NOWHERE)
        for _, address in answers:
            kind = refused(address, port, self._allowance)
            if kind is not None:
                raise Failure("name_not_public", kind, got=Got.NOWHERE)
        self._found(host, port, asyncio.get_running_loop().time())
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=_NUMERIC
            )
            for kind, address in answers
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def refused(address: str, port: int, allowance: Allowance) -> str | None:
    """Why `address` must not be connected to, or None."""
    kind = kind_of(address)
    return None if kind is None or allowance.admits(address, port) else kind


def connector(resolver: Resolver, allowance: Allowance) -> aiohttp.TCPConnector:
    """A pool of connections to public addresses. It sets no limits: `hosts.py` does."""

    def make(info: Any) -> socket.socket:
        family, kind, proto, _, address = info
        reason = refused(address[0], address[1], allowance)
        if reason is not None:
            raise NotPublicError(reason)
        return socket.socket(family, kind, proto)

    return aiohttp.TCPConnector(
        resolver=resolver,
        socket_factory=make,
        limit=0,
        ttl_dns_cache=DNS_CACHE_S,
        keepalive_timeout=KEEPALIVE_S,
    )


def request_class(
    allowance: Allowance, connected: Callable[[URL, float], None]
) -> type[aiohttp.ClientRequest]:
    """Requests that look at whom they are connected to before they are sent.

    `connected` is then told what is asked for, and the loop's time.
    """

    class PublicRequest(aiohttp.ClientRequest):
        async def send(self, conn: Any) -> aiohttp.ClientResponse:
            peer = conn.transport and conn.transport.get_extra_info("peername")
            if not peer:
                conn.close()
                raise aiohttp.ServerDisconnectedError
            kind = refused(peer[0], peer[1], allowance)
            if kind is not None:
                conn.close()
                raise NotPublicError(kind)
            connected(self.url, self.loop.time())
            return await super().send(conn)

    return PublicRequest


class SystemLookup:
    """The operating system's resolver, in threads that nobody has to wait for.

    asyncio's own pool has six threads on a small machine, which a few dead name servers keep
    busy for minutes, and Python would wait for them before it exits.
    """

    def __init__(self) -> None:
        self._threads = asyncio.Semaphore(LOOKUP_THREADS)

    async def __call__(self, host: str, port: int) -> list[Answer]:
        """Raises OSError as `socket.getaddrinfo` does."""
        await self._threads.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Answer]] = loop.create_future()
        threading.Thread(target=self._look_up, args=(host, port, loop, future), daemon=True).start()
        return await future

    def _look_up(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[list[Answer]],
    ) -> None:
        answers: list[Answer] = []
        error: OSError | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers = [(info[0], str(info[4][0])) for info in found]
        except OSError as caught:
            error = caught
        except UnicodeError:  # Python's own codec refuses some names before asking
            error = socket.gaierror(socket.EAI_NONAME, "not a valid name")

        def finish() -> None:
            self._threads.release()
            if future.done():
                return
            if error is None:
                future.set_result(answers)
            else:
                future.set_exception(error)

        try:
            loop.call_soon_threadsafe(finish)
        except RuntimeError:  # the loop has ended meanwhile, and with it who asked
            return


_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
