"""A web of its own for the collect benchmark: photographs, missing pages, dead and hanging hosts.

`python -m benchmarks.web NUMBER` prints the ports at which it answers and at which it hangs, and
serves until its standard input ends. All of 127.0.0.0/8 is this machine, so that every address
in it stands for a host.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.photographs import photographs


@dataclass(frozen=True)
class Web:
    """Where the server answers, hangs, and where nobody is."""

    good: int
    hanging: int
    dead: int

    def photos(self, number: int) -> list[str]:
        """Addresses of so many photographs, over sixteen hosts; they repeat in the end."""
        return [f"http://127.0.1.{n % 16 + 1}:{self.good}/{n}.jpg" for n in range(number)]

    def bad(self, number: int) -> list[str]:
        """So many addresses: a third each of missing pages, dead hosts and hanging ones."""
        kinds = (
            lambda n: f"http://127.0.1.{n % 16 + 1}:{self.good}/missing/{n}.jpg",
            lambda n: f"http://127.0.{2 + n // 250}.{n % 250 + 1}:{self.dead}/{n}.jpg",
            lambda n: f"http://127.0.{2 + n // 250}.{n % 250 + 1}:{self.hanging}/{n}.jpg",
        )
        return [kinds[n % 3](n) for n in range(number)]


@contextmanager
def served(number: int) -> Iterator[Web]:
    """A web with so many photographs, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.web", str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None:
            raise RuntimeError("no pipe")
        good, hanging = map(int, process.stdout.readline().split())
        with socket.create_server(("127.0.0.1", 0)) as unused:
            dead = int(unused.getsockname()[1])
        yield Web(good, hanging, dead)
        process.communicate("")


class _Photos(asyncio.Protocol):
    """As little of HTTP as it takes: one GET after the other, kept alive."""

    def __init__(self, files: list[bytes]) -> None:
        self._files, self._rest = files, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            path = head.split(b" ", 2)[1]
            name = path[1:].removesuffix(b".jpg")
            if name.isdigit():
                body = self._files[int(name) % len(self._files)]
                reply = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
            else:
                body, reply = b"no", b"HTTP/1.1 404 Not Found\r\n"
            is_last = b"\nconnection: close" in head.lower()
            self._transport.write(  # type: ignore[attr-defined]
                reply + b"Content-Length: %d\r\n\r\n" % len(body) + body
            )
            if is_last:
                self._transport.close()


async def _serve(number: int) -> None:
    files, loop = list(photographs(number)), asyncio.get_running_loop()
    answering = await loop.create_server(lambda: _Photos(files), "0.0.0.0", 0, backlog=4096)  # noqa: S104 every 127.x.x.x
    hanging = await loop.create_server(asyncio.Protocol, "0.0.0.0", 0, backlog=4096)  # noqa: S104 the same
    ports = [server.sockets[0].getsockname()[1] for server in (answering, hanging)]
    print(*ports, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
