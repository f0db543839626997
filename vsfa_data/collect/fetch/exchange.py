"""One request to one host, from its turn to the end of the reply."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.helpers import is_ip_address
from yarl import URL

from vsfa_data.collect.fetch.failures import FAILURES, Failure, Got, Then, Waits, of_error
from vsfa_data.collect.fetch.hosts import Host
from vsfa_data.collect.fetch.order import Order
from vsfa_data.collect.fetch.policies import Leave
from vsfa_data.collect.rejected import Rejected


class Exchange:
    """A reply that is there to be read; to be used in `with`.

    What the network does wrong meanwhile comes out of it as a Failure, and how it ended is
    remembered of its host.
    """

    __slots__ = ("_began", "_connect_s", "_host", "_leave", "_now", "_order", "reply", "url")

    reply: aiohttp.ClientResponse

    def __init__(
        self, url: URL, host: Host, order: Order, connect_s: float, leave: Leave | None = None
    ) -> None:
        self.url = url
        self._host, self._order, self._connect_s = host, order, connect_s
        self._leave = leave
        self._now = asyncio.get_running_loop().time

    async def begin(
        self,
        session: aiohttp.ClientSession,
        headers: dict[str, str] | None,
        timeout: aiohttp.ClientTimeout,
    ) -> None:
        """Send the request and wait for the reply's headers, and for `leave` to read on.

        Raises Failure, and what `leave` raises.
        """
        hold = self._order.hold
        self._began = self._now()
        try:
            is_new = not self._host.has_replied
            await hold.start(is_first=is_new, is_silent=is_new and self._leave is not None)
            self._began = self._now() - hold.waited_s
            left_s = self.left_s
            if is_new and not self._order.is_alone:
                is_known = is_ip_address(self.url.raw_host)
                self._host.silence.asked(hold, self._now(), is_known=is_known)
            self.reply = await hold.reply(
                session.get(self.url, allow_redirects=False, headers=headers, timeout=timeout),
                None if left_s is None else self._began + hold.waited_s + left_s,
            )
        except BaseException as error:
            ended = self._failed(error)
            if ended is error:
                del ended  # or it holds this frame, which holds it
                raise
            try:
                raise ended from None
            finally:
                del ended  # the same
        finally:
            if is_new:
                self._host.silence.over(hold)
        self._host.replied(self._elapsed_s(self._now()))
        try:
            if self._leave is not None:
                await hold.aside(self._leave())
            await hold.go_on()
        except BaseException as error:
            self.reply.close()
            self._failed(error)
            raise

    @property
    def left_s(self) -> float | None:
        """Time left for this request, in seconds; None for no limit."""
        order = self._order
        if order.attempt_s is None:
            return None
        return max(0.01, min(order.attempt_s, order.left_s) - self._elapsed_s(self._now()))

    def _elapsed_s(self, now: float) -> float:
        return now - self._began - self._order.hold.waited_s

    def __enter__(self) -> Self:
        """The exchange itself; its `reply` has begun."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the connection and the host go. Raises Failure for an error of the network."""
        self.reply.release()
        if error is None:
            now = self._now()
            if not self._order.is_policy:
                self._host.answered(now)
            self._end(now)
            return
        ended = self._failed(error)
        if ended is not error:
            try:
                raise ended from None
            finally:
                del ended  # or it holds this frame, which holds it

    def _failed(self, error: BaseException) -> BaseException:
        """`error`, as a Failure if the network is at fault, accounted for."""
        order, host, now = self._order, self._host, self._now()
        if isinstance(error, FAILURES):
            failure = of_error(error, Waits(self._connect_s, order.reply_s, order.attempt_s))
            _forget_frames(error)
            error = failure
        if isinstance(error, Failure) and error.got is not Got.REPLY:
            host.failed(now)
            if error.reason == "timeout" and host.is_mute and not order.is_alone:
                error.then = Then.GIVE_UP
        elif isinstance(error, Rejected) and not order.is_policy:
            host.answered(now)
        if isinstance(error, Failure) and error.then is Then.SLOWER:
            host.slow_down(now, error.wait_s)
        self._end(now)
        return error

    def _end(self, now: float) -> None:
        self._order.left_s -= self._elapsed_s(now)
        self._host.turns.give()


def _forget_frames(error: BaseException | None) -> None:
    """Free what led to `error` now: its frames hold it, and only the collector would find that."""
    while error is not None and error.__traceback__ is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
