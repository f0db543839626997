"""Search services on loopback that replay what the real ones are documented to answer."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from aiohttp import web

USER_AGENT: Final = "test/1.0 (me@example.org)"
QUICK: Final = {
    "user_agent": USER_AGENT,
    "connect_timeout_s": 1.0,
    "reply_timeout_s": 2.0,
    "total_timeout_s": 4.0,
    "retries": 0,
    "honour_opt_out": False,
}

Answer = Mapping[str, Any] | list[Any] | web.Response
"""JSON to reply with, or a whole reply."""


class Service:
    """Answers what `answer` makes of a request's parameters; other paths as `files` has them."""

    def __init__(self, answer: Callable[[dict[str, str]], Answer]) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []
        """Parameters of each request, in order."""
        self.headers: list[dict[str, str]] = []
        """Headers of each request, in order, their names in lower case."""
        self.files: dict[str, bytes] = {}
        """Path -> bytes of what lies there, for images."""
        self._instead: list[web.Response] = []
        self._loop = asyncio.new_event_loop()

    def fail(self, *replies: web.Response) -> None:
        """Give these replies to the next requests."""
        self._instead += replies

    def url(self, path: str = "/api") -> str:
        return f"http://{self.address}{path}"

    def __enter__(self) -> Self:
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, started: threading.Event) -> None:
        app = web.Application()
        app.router.add_get("/api", self._serve)
        app.router.add_get("/{path:.*}", self._file)
        self._runner = web.AppRunner(app)

        async def start() -> None:
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            host, port = self._runner.addresses[0][:2]
            self.address = f"{host}:{port}"
            started.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()
        self._loop.close()

    async def _serve(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self._instead:
            return self._instead.pop(0)
        answer = self.answer(dict(request.query))
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    async def _file(self, request: web.Request) -> web.Response:
        data = self.files.get(request.path)
        return web.Response(status=404) if data is None else web.Response(body=data)


def reply(status: int, body: Any = None, **headers: str) -> web.Response:
    """A reply that is not as usual; `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.Response(status=status, body=data, headers=named)
