"""A chat-completions server on 127.0.0.1 that behaves as a test tells it to."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aiohttp import web

MODEL = "tiny-vlm"


@dataclass
class Asked:
    """One request as it came in; `nth` counts those about the same picture and prompt."""

    body: dict[str, Any]
    headers: dict[str, str]
    nth: int

    @property
    def prompt(self) -> str:
        text: str = self.body["messages"][0]["content"][1]["text"]
        return text

    @property
    def image(self) -> bytes:
        address = self.body["messages"][0]["content"][0]["image_url"]["url"]
        return base64.b64decode(address.partition(";base64,")[2])


@dataclass
class Answer:
    """What goes back; `cut` closes the connection after so many bytes."""

    data: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: int | None = None


def says(text: str | None, finish: str = "stop", **more: Any) -> Answer:
    """A proper reply. `more`: further keys of the message."""
    message = {"role": "assistant", "content": text, **more}
    usage = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return Answer(json.dumps({"id": "x", "choices": choices, "usage": usage}).encode())


def complains(status: int, message: str = "no", **headers: str) -> Answer:
    """An error as servers word it."""
    return Answer(json.dumps({"error": {"message": message}}).encode(), status, headers)


def describes(asked: Asked) -> Answer:
    """What a model might say: it depends on picture and prompt alone."""
    thing = ("cup", "lamp", "chair", "book")[sha256(asked.image).digest()[0] % 4]
    if asked.prompt.startswith("Describe"):
        return says(f"A plain {thing} stands on a table.")
    if asked.prompt.startswith("Is there"):
        return says("No")
    return says(
        f"a {thing}"
        if "main object in this picture? Answer with" in asked.prompt
        else f"The {thing} is made of wood."
    )


class Server:
    """Runs in a thread. `seen` is all that was asked; `most_at_once` what it had at a time."""

    def __init__(self, behave: Callable[[Asked], Answer], key: str | None = None) -> None:
        self.behave, self.key = behave, key
        self.seen: list[Asked] = []
        self.most_at_once = self._now = 0
        self.times: list[float] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._counts: dict[tuple[bytes, str], int] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def _refused(self, request: web.Request) -> bool:
        return bool(self.key) and request.headers.get("Authorization") != f"Bearer {self.key}"

    async def _models(self, request: web.Request) -> web.Response:
        if self._refused(request):
            return web.json_response({"error": {"message": "who are you?"}}, status=401)
        return web.json_response({"data": [{"id": MODEL}]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        asked = Asked(body, dict(request.headers), 0)
        about = (asked.image, asked.prompt)
        self._counts[about] = asked.nth = self._counts.get(about, 0) + 1
        self.seen.append(asked)
        self.times.append(self._loop.time())
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            answer = complains(401) if self._refused(request) else self.behave(asked)
            if answer.delay_s:
                await asyncio.sleep(answer.delay_s)
            return await _sent(request, answer)
        finally:
            self._now -= 1


async def _sent(request: web.Request, answer: Answer) -> web.StreamResponse:
    if answer.cut is None:
        return web.Response(body=answer.data, status=answer.status, headers=answer.headers)
    response = web.StreamResponse(headers={"Content-Length": str(len(answer.data))})
    await response.prepare(request)
    await response.write(answer.data[: answer.cut])
    assert request.transport
    request.transport.close()
    return response


@contextmanager
def serving(
    behave: Callable[[Asked], Answer] = describes, key: str | None = None
) -> Iterator[Server]:
    """A server that runs as long as the block."""
    server = Server(behave, key)
    server.start()
    try:
        yield server
    finally:
        server.stop()
