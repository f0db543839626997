"""What one address holds on to while it is fetched: a place among the downloads, and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from itertools import takewhile
from typing import Final, TypeVar

from vsfa_data.collect.fetch import sockets
from vsfa_data.collect.fetch.turns import Turns

PATIENCE_S: Final = 0.25
"""A server silent for longer than this lends its place to the next address."""
SWEEP_S: Final = 0.1
SMALL_BYTES: Final = 1024 * 1024
"""Memory that a body of unknown length starts with; beyond it, it needs leave for the most."""
SPARE_BYTES: Final = 128 * 1024 * 1024

Reply = TypeVar("Reply")


class Pool:
    """What all downloads of a fetcher share: places, memory, and sockets that may wait.

    Requests to hosts that have not answered yet wait for a turn among `first` and not for a
    place, which they get with the reply: where a list begins with a thousand hosts that hang,
    each would keep a place busy until it is found to be silent, and the good ones would come
    last. All of them are asked early, so that their time-outs pass while the good ones load.
    """

    def __init__(self, concurrency: int, max_bytes: int) -> None:
        self.places = Turns(concurrency)
        first, self.max_silent = sockets.beside(concurrency)
        self.first = Turns(first)
        # One body of the greatest size, many of the usual one, and twice what all begin with.
        self.memory = Turns(max_bytes + max(SPARE_BYTES, 2 * concurrency * SMALL_BYTES))
        self.silent = 0
        self._asked: dict[Hold, float] = {}  # those that wait for a reply, oldest first
        self._is_sweeping = False

    def watch(self, hold: Hold) -> None:
        """Have `hold` lend its place if no reply comes for PATIENCE_S, give or take SWEEP_S."""
        loop = asyncio.get_running_loop()
        self._asked[hold] = loop.time() + PATIENCE_S
        if not self._is_sweeping:  # one timer for all is a good deal cheaper than one for each
            self._is_sweeping = True
            loop.call_later(SWEEP_S, self._sweep, loop)

    def unwatch(self, hold: Hold) -> None:
        """The reply has come, or never will."""
        self._asked.pop(hold, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        late = list(takewhile(lambda hold: self._asked[hold] <= now, self._asked))
        for hold in late:
            hold.set_alarm(now)
            if hold.lend():
                del self._asked[hold]
        self._is_sweeping = bool(self._asked)
        if self._is_sweeping:
            loop.call_later(SWEEP_S, self._sweep, loop)


class Hold:
    """One address's share of a pool. `release` may be called at any time and repeatedly.

    `waited_s` adds up what the address had to wait for others within its requests, which is not
    for its server to answer for.
    """

    __slots__ = (
        "_alarm",
        "_ending",
        "_has",
        "_is_silent",
        "_pool",
        "_task",
        "_units",
        "_until",
        "waited_s",
    )

    def __init__(self, pool: Pool) -> None:
        self._pool, self._units = pool, 0
        self._has: Turns | None = None  # what it has a turn of
        self._is_silent = False
        self._ending: BaseException | None = None  # why the request was cancelled here
        self._alarm: asyncio.TimerHandle | None = None
        self.waited_s = 0.0

    async def start(self, *, is_first: bool = False, is_silent: bool = False) -> None:
        """Take a place; if `is_first`, only a turn to ask a host that has not answered yet.

        If it `is_silent` to another question, this one waits beside that from the beginning.
        """
        if is_silent and self.lend():
            return
        turns = self._pool.first if is_first else self._pool.places
        if not turns.take_now():
            await turns.take()
        self._has = turns

    async def reply(self, request: Awaitable[Reply], until: float | None) -> Reply:
        """What `request` comes to; meanwhile others have the place if the server is silent.

        Raises TimeoutError if it is not there at the loop's time `until`, what `end` was given, and
        whatever it raises.
        """
        self._task, self._until = asyncio.current_task(), until
        self._pool.watch(self)
        try:
            return await request
        except asyncio.CancelledError:
            if self._ending is None or self._task is None or self._task.uncancel():
                raise
            raise self._ending from None
        finally:
            self._ending = None  # or it holds this frame, which holds it
            self._end_watch()

    async def go_on(self) -> None:
        """Have a place, back or for the first time."""
        places, has = self._pool.places, self._has
        if has is not places:
            if not places.take_now():
                await self._take(places, 1)
            self._has = places
            if has is not None:
                has.give()
        self._no_longer_silent()

    async def reserve(self, units: int) -> None:
        """Have `units` bytes of memory in all."""
        more = units - self._units
        if more > 0:
            if not self._pool.memory.take_now(more):
                await self._take(self._pool.memory, more)
            self._units = units

    async def aside(self, work: Awaitable[None]) -> None:
        """Await what is not for the server to answer for, while others have the place."""
        self.lend()
        now = asyncio.get_running_loop().time
        began = now()
        await work
        self.waited_s += now() - began

    async def _take(self, turns: Turns, units: int) -> None:
        now = asyncio.get_running_loop().time
        began = now()
        await turns.take(units)
        self.waited_s += now() - began

    def release(self) -> None:
        """Give back all there is."""
        self._no_longer_silent()
        self._leave()
        if self._units:
            units, self._units = self._units, 0
            self._pool.memory.give(units)

    def lend(self) -> bool:
        """Let another have the place, or the turn, until `go_on`; False if too many did so."""
        if not self._is_silent:
            if self._pool.silent >= self._pool.max_silent:
                return False
            self._pool.silent += 1
            self._is_silent = True
        self._leave()
        return True

    def _leave(self) -> None:
        has, self._has = self._has, None
        if has is not None:
            has.give()

    def set_alarm(self, now: float) -> None:
        """End the request in time; only those that are late already need a timer for that."""
        if self._alarm is None and self._until is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(max(0.0, self._until - now), self._expire)

    def _expire(self) -> None:
        self.end(TimeoutError())

    def end(self, error: BaseException) -> None:
        """End the request that waits for its reply, by `error`."""
        if self._task is not None and self._ending is None:
            self._ending = error
            self._task.cancel()

    def _end_watch(self) -> None:
        self._pool.unwatch(self)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _no_longer_silent(self) -> None:
        if self._is_silent:
            self._is_silent = False
            self._pool.silent -= 1
