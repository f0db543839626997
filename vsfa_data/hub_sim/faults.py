"""Misbehaving on purpose: which call goes wrong in which way. For tests; no command sets it.

429, 500, 502, 503, 504   that status instead of an answer (429 with Retry-After)
403, 412                  likewise: no right to do it, somebody else was first
reset                     the connection breaks before anything was done
lost                      it was done, but the connection breaks before the answer
dying                     the server dies halfway: objects are written, no reference moves;
                          it is away for the next call too
stall                     no answer at all for a minute
truncated                 the answer breaks off in the middle
slow                      everything takes its time, but works
clock                     the answer's Date is decades off
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

from aiohttp import web

KINDS: Final = (
    *("429", "500", "502", "503", "504", "403", "412"),
    *("reset", "lost", "dying", "stall", "truncated", "slow", "clock"),
)

# Keys of a request, for the handlers that misbehave in their own way.
DYING: Final = web.RequestKey("dying", bool)
SLOW: Final = web.RequestKey("slow", bool)
TRUNCATED: Final = web.RequestKey("truncated", bool)


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
