"""A server on loopback that misbehaves in every way that a test asks for.

It speaks HTTP by hand, in a thread of its own, because no real server can be made to do this.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from vsfa_data.collect.fetch.allowance import Allowance

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"


class Visit:
    """One request: what was asked, and the socket to answer through."""

    def __init__(self, head: bytes, count: int, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.path = first.split(" ")[1]
        self.headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        self.count = count
        """How often this path was asked for, this time included."""
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Handler = Callable[[Visit], Awaitable[None]]


def reply(status: int = 200, body: bytes = JPEG, /, **headers: str) -> bytes:
    """A whole reply; `_` in a header's name stands for `-`. Content-Length is right by default."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Content-Length", str(len(body)))
    lines = [f"{name}: {value}" for name, value in named.items() if value]
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode() + body


class Server:
    """Answers 404 but for what `on` has set."""

    def __init__(
        self, host: str = "127.0.0.1", *, greeting: bytes = b"", certificate: Path | None = None
    ) -> None:
        self.host, self._greeting, self._tls = host, greeting, None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self.visits: list[Visit] = []
        self.connections = 0
        self.open = 0
        """Connections that neither side has closed."""
        self._handlers: dict[str, Handler] = {}
        self._counts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()

    def on(self, path: str, answer: bytes | list[bytes] | Handler) -> str:
        """Answer `path` so: one reply, replies in turn (the last stays), or by hand. Its URL."""
        if callable(answer):
            self._handlers[path] = answer
        else:
            answers = [answer] if isinstance(answer, bytes) else answer

            async def tell(visit: Visit) -> None:
                await visit.send(answers[min(visit.count, len(answers)) - 1])

            self._handlers[path] = tell
        return self.url(path)

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def asked(self) -> list[str]:
        """Paths asked for, in order, the files about the whole host left out."""
        about = ("/robots.txt", "/.well-known/tdmrep.json")
        return [visit.path for visit in self.visits if visit.path not in about]

    @property
    def allowance(self) -> Allowance:
        return Allowance(frozenset({(self.host, self.port)}))

    def __enter__(self) -> Self:
        started = threading.Event()

        async def start() -> None:
            self._server = await asyncio.start_server(
                self._serve, self.host, 0, limit=2**20, ssl=self._tls
            )
            self.port: int = self._server.sockets[0].getsockname()[1]
            started.set()

        self._loop.create_task(start())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: Any) -> None:
        async def stop() -> None:
            self._server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            await self._talk(reader, writer)
        finally:
            self.open -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._greeting)
        gone = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode("latin-1")
                self._counts[path] += 1
                visit = Visit(head.strip(), self._counts[path], writer)
                self.visits.append(visit)
                handler = self._handlers.get(path)
                await (handler(visit) if handler else visit.send(reply(404, b"no")))
                if visit.headers.get("connection") == "close":
                    writer.close()


async def hang(_: Visit) -> None:
    """Take the request and never answer."""
    await asyncio.sleep(3600)


async def reset(visit: Visit) -> None:
    """Hang up without a word."""
    visit.writer.transport.abort()


def drip(body: bytes, pause_s: float) -> Handler:
    """A reply whose body comes byte by byte."""

    async def send(visit: Visit) -> None:
        await visit.send(reply(200, body)[: -len(body)])
        for byte in body:
            await visit.send(bytes([byte]))
            await asyncio.sleep(pause_s)

    return send


async def drip_headers(visit: Visit) -> None:
    """Headers without end, one byte at a time."""
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await visit.send(b"a")
        await asyncio.sleep(0.05)


def cut(data: bytes) -> Handler:
    """`data`, and then no more."""

    async def send(visit: Visit) -> None:
        await visit.send(data)
        visit.writer.close()

    return send
