"""Many addresses at once, each outcome as soon as it is there.

Addresses stand in one lane for each host, so that a slow host keeps nobody else waiting, and
each lane has as many workers as its host may have requests. An address that must be tried again
leaves its lane meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine
from itertools import chain
from typing import Any, NamedTuple, Protocol

from yarl import URL

from vsfa_data.collect.fetch.failures import Failure
from vsfa_data.collect.fetch.hold import Hold
from vsfa_data.collect.fetch.hosts import Host
from vsfa_data.collect.fetch.order import Fetched, Order
from vsfa_data.collect.fetch.tail import Tail
from vsfa_data.collect.rejected import Rejected


class Outcome(NamedTuple):
    """What became of address `number`; `hold` is what it still holds on to."""

    number: int
    result: Fetched | Rejected
    hold: Hold


class Fetching(Protocol):
    """What a batch needs of a fetcher."""

    def checked(self, text: str) -> URL:
        """The address. Raises Rejected."""

    def order(self) -> Order:
        """A new order for one address."""

    def host(self, url: URL) -> Host:
        """The host of an address."""

    def tail(self, left: Callable[[], Collection[Host] | None]) -> Tail:
        """How the last hosts are waited for."""

    async def attempt(self, url: URL, order: Order) -> Fetched:
        """What is there; then `order.hold` is held. Raises Failure, and Rejected for good."""

    async def wait(self, failure: Failure, order: Order) -> None:
        """Until the next attempt. Raises Rejected if there is none."""


class Batch:
    """The lanes. Each outcome, or a bug, goes to `deliver`; its hold is the receiver's to release.

    To be used within one event loop.
    """

    def __init__(
        self,
        fetching: Fetching,
        per_host: int,
        deliver: Callable[[Outcome | BaseException], None],
    ) -> None:
        self._fetching, self._per_host, self._deliver = fetching, per_host, deliver
        self._lanes: dict[tuple[str | None, int | None], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: dict[int, Order] = {}
        self._tail = fetching.tail(self._silent)

    def add(self, number: int, text: str) -> None:
        """Have the address `text` fetched; its outcome will be that of `number`."""
        try:
            url = self._fetching.checked(text)
        except Rejected as no:
            self._deliver(Outcome(number, no, self._fetching.order().hold))
            return
        key = (url.raw_host, url.port)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane()
        lane.waiting.append((number, url))
        if lane.workers < self._per_host:
            lane.workers += 1
            self._spawn(self._work(key, lane))

    def is_last(self) -> None:
        """Nothing will be added, and nothing else is to be done: the last hosts end early."""
        self._tail.begin()

    async def close(self) -> None:
        """Stop what is under way; it will have no outcome."""
        self._tail.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, key: tuple[str | None, int | None], lane: _Lane) -> None:
        fetching = self._fetching
        while lane.waiting:
            number, url = lane.waiting.popleft()
            order = self._orders[number] = fetching.order()
            order.is_last = not lane.waiting
            try:
                result: Fetched | Rejected = await fetching.attempt(url, order)
            except Failure as failure:
                self._spawn(self._try_again(number, url, order, failure.again()))
                continue
            except Rejected as no:
                result = Rejected(no.reason, no.detail)
            self._done(number, result)
        lane.workers -= 1
        if not lane.workers:
            del self._lanes[key]

    async def _try_again(self, number: int, url: URL, order: Order, failure: Failure) -> None:
        result: Fetched | Rejected | None = None
        while result is None:
            try:
                await self._fetching.wait(failure, order)
                result = await self._fetching.attempt(url, order)
            except Failure as again:
                failure = again.again()
            except Rejected as no:
                result = Rejected(no.reason, no.detail)
        self._done(number, result)

    def _done(self, number: int, result: Fetched | Rejected) -> None:
        self._deliver(Outcome(number, result, self._orders.pop(number).hold))

    def _silent(self) -> set[Host] | None:
        """The hosts of all that is under way; None if one is not silent, or asks for a pause."""
        begun = (order.host for order in self._orders.values())
        queued = (
            self._fetching.host(lane.waiting[0][1]) for lane in self._lanes.values() if lane.waiting
        )
        found = set()
        for host in chain(begun, queued):
            if host is None or not host.is_silent:
                return None
            found.add(host)
        return found

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._deliver(bug)


class _Lane:
    """Those who wait for one host, and how many workers serve them."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, URL]] = deque()
        self.workers = 0
