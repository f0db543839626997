"""Misbehaving on purpose: which call goes wrong in which way. For tests; no command sets it.

429, 500, 502, 503, 504   that status instead of an answer (429 with Retry-After)
403, 412                  likewise: no right to do it, somebody else was first
reset                     the connection breaks before anything was done
lost                      it was done, but the connection breaks before the answer
dying                     the server dies halfway: objects are written, no reference moves;
                          it is away for the next call too
stall                     no answer at all for STALL_S
truncated                 the answer breaks off in the middle
slow                      everything takes its time, but works
clock                     the answer's Date is decades off
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

from aiohttp import web

KINDS: Final = (
    *("429", "500", "502", "503", "504", "403", "412"),
    *("reset", "lost", "dying", "stall", "truncated", "slow", "clock"),
)
STALL_S: Final = 60.0
_SLOW_S: Final = 0.05

# Keys of a request, for the handlers that misbehave in their own way.
DYING: Final = web.RequestKey("dying", bool)
SLOW: Final = web.RequestKey("slow", bool)
TRUNCATED: Final = web.RequestKey("truncated", bool)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Call:
    """One request. `number` counts from 1; `endpoint` is the route's name."""

    number: int
    endpoint: str
    method: str
    path: str


@dataclass(frozen=True)
class Fault:
    """What goes wrong, at the `nth` call (of `endpoint`, if given) and `times - 1` after it."""

    kind: str
    nth: int
    endpoint: str | None = None
    times: int = 1


@dataclass
class Faults:
    """The rules in force, and every call since `forget`."""

    rules: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    after: Callable[[Call], object] | None = None
    """Called when a request was dealt with, before its answer leaves."""
    _down: int = 0

    def forget(self) -> None:
        """No rules, no calls, no hook."""
        self.rules, self.calls, self.after, self._down = [], [], None, 0

    def noted(self, request: web.Request) -> tuple[Call, str | None]:
        """Count a request; what is to go wrong with it."""
        name = request.match_info.route.name or "unknown"
        call = Call(len(self.calls) + 1, name, request.method, request.path)
        self.calls.append(call)
        if self._down:
            self._down -= 1
            return call, "reset"
        for rule in self.rules:
            same = [c for c in self.calls if rule.endpoint in (None, c.endpoint)]
            if same and same[-1] is call and 0 <= len(same) - rule.nth < rule.times:
                self._down = int(rule.kind == "dying")
                return call, rule.kind
        return call, None


FAULTS: Final = web.AppKey("faults", Faults)


class GoneError(Exception):
    """The connection is gone: there is nobody to answer."""


def die(request: web.Request) -> NoReturn:
    """Break the connection now."""
    if request.transport is not None:
        request.transport.abort()
    raise GoneError


@web.middleware
async def misbehave(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request and let it go wrong if a rule says so."""
    faults = request.app[FAULTS]
    call, kind = faults.noted(request)
    try:
        answer = await _with(kind, request, handler)
        if faults.after is not None:
            faults.after(call)
    except GoneError:
        answer = web.Response(status=500)
    return answer


async def _with(kind: str | None, request: web.Request, handler: Handler) -> web.StreamResponse:
    if kind is None:
        return await handler(request)
    if kind.isdecimal():
        # What was sent is read all the same, or the connection could not be used again.
        await request.read()
        retry = {"Retry-After": "1"} if kind == "429" else {}
        return web.json_response({"error": "on purpose"}, status=int(kind), headers=retry)
    return await _BROKEN[kind](request, handler)


async def _reset(request: web.Request, handler: Handler) -> web.StreamResponse:
    del handler
    die(request)


async def _lost(request: web.Request, handler: Handler) -> web.StreamResponse:
    await handler(request)
    die(request)


async def _dying(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method == "GET":
        die(request)
    request[DYING] = True
    await handler(request)
    die(request)


async def _stall(request: web.Request, handler: Handler) -> web.StreamResponse:
    del handler
    deadline = time.monotonic() + STALL_S
    while time.monotonic() < deadline and request.transport and not request.transport.is_closing():
        await asyncio.sleep(0.02)
    die(request)


async def _truncated(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[TRUNCATED] = True
    answer = await handler(request)
    if isinstance(answer, web.Response) and isinstance(answer.body, bytes) and not answer.prepared:
        headers = answer.headers.copy()
        headers["Content-Length"] = str(len(answer.body) + 1)
        part = web.StreamResponse(status=answer.status, headers=headers)
        await part.prepare(request)
        await part.write(answer.body[: len(answer.body) // 2])
        # Let it out before the connection breaks.
        await asyncio.sleep(0)
    die(request)


async def _slow(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[SLOW] = True
    await asyncio.sleep(_SLOW_S)
    return await handler(request)


async def _clock(request: web.Request, handler: Handler) -> web.StreamResponse:
    answer = await handler(request)
    if not answer.prepared:
        answer.headers["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT"
    return answer


_BROKEN: Final = {
    "reset": _reset,
    "lost": _lost,
    "dying": _dying,
    "stall": _stall,
    "truncated": _truncated,
    "slow": _slow,
    "clock": _clock,
}
