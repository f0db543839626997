"""The middleware through which every call goes: it counts them, and spoils those it is told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from vsfa_data.hub_sim.faults import DYING, FAULTS, SLOW, TRUNCATED, GoneError, die

STALL_S: Final = 60.0
_SLOW_S: Final = 0.05

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
