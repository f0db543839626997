"""The fetcher: bytes at public addresses, within limits, from hosts that allow it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from yarl import URL

from vsfa_data.collect.fetch import body, net
from vsfa_data.collect.fetch.addresses import check_url
from vsfa_data.collect.fetch.allowance import Allowance, from_environment
from vsfa_data.collect.fetch.asking import Asking
from vsfa_data.collect.fetch.batch import Batch, Outcome
from vsfa_data.collect.fetch.body import Limits
from vsfa_data.collect.fetch.failures import Failure, Then
from vsfa_data.collect.fetch.hold import Hold, Pool
from vsfa_data.collect.fetch.hosts import Host, Hosts
from vsfa_data.collect.fetch.order import Fetched, Order
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.fetch.tail import Tail
from vsfa_data.collect.rejected import Rejected

BACK_OFF_S: Final = 0.5
"""Wait before the second attempt; each further one waits twice as long, up to MAX_BACK_OFF_S."""
MAX_BACK_OFF_S: Final = 30.0
PATIENTLY: Final = 2.0
"""An API that searches, and a whole archive, may be silent for so many times `reply_timeout_s`."""
MAX_JSON_BYTES: Final = 16_000_000
ACCEPT: Final = (
    "image/jpeg,image/png,image/webp,image/gif;q=0.9,image/tiff;q=0.8,image/bmp;q=0.8,*/*;q=0.5"
)
"""Formats that can be used come first, or a server may choose one that cannot (AVIF)."""


class Fetcher:
    """Fetches from the public internet; to be used in `async with`.

    Every method raises (a batch delivers) Rejected with a reason code of `tables.REASONS` for
    whatever is wrong with an address, its host or its reply.

    `max_bytes`: size of one reply, at most. `allowance`: loopback servers of a test, by default
    those that the environment says (see `allowance.py`). `lookup`: resolves names. `jitter`:
    spreads the waits between attempts; it has no influence on what is fetched.
    """

    def __init__(
        self,
        settings: FetchSection,
        max_bytes: int,
        *,
        allowance: Allowance | None = None,
        lookup: net.Lookup | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._limits = Limits(max_bytes, settings.min_bytes_per_s)
        self._allowance = from_environment() if allowance is None else allowance
        self._lookup, self._jitter = lookup, jitter or random.Random()  # noqa: S311 no secret
        self._pool = Pool(settings.concurrency, max_bytes)

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        settings = self._settings
        lookup = self._lookup or net.SystemLookup()
        hosts = self._hosts = Hosts(settings.per_host)
        connect_s = settings.connect_timeout_s
        resolver = net.Resolver(lookup, self._allowance, connect_s, hosts.found)
        self._session = aiohttp.ClientSession(
            connector=net.connector(resolver, self._allowance),
            request_class=net.request_class(self._allowance, hosts.connected),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": settings.agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "identity",
            },
            auto_decompress=False,
            read_bufsize=body.PIECE_BYTES,
        )
        self._asking = Asking(self._session, settings, self._pool, self._allowance, hosts)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._asking.close()
        await self._session.close()

    async def fetch(self, url: str) -> Fetched:
        """What is at `url`. Raises Rejected."""
        return await self._whole(self.checked(url), self.order())

    def batch(self, deliver: Callable[[Outcome | BaseException], None]) -> Batch:
        """Many addresses at once; their outcomes go to `deliver` as they are there.

        What was downloaded counts as a download under way until its hold is released, so that
        a slow receiver holds the downloads up and memory stays within bounds.
        """
        return Batch(self, self._settings.per_host, deliver)

    def tail(self, left: Callable[[], Collection[Host] | None]) -> Tail:
        """How the last hosts of a list, which are `left`, are waited for."""
        return Tail(self._settings, self._hosts.learnt, left)

    def host(self, url: URL) -> Host:
        """The host of `url`."""
        return self._hosts.of(url)

    async def stream(self, url: str, max_bytes: int) -> AsyncGenerator[bytes, None]:
        """The body at `url` in pieces, up to `max_bytes` in all; for archives.

        There are further attempts until the first piece has come, and no limit to the time of
        the whole but `min_bytes_per_s`. Raises Rejected.
        """
        order = self._alone(max_bytes)
        order.attempt_s = None
        target = self.checked(url)
        while True:
            has_begun = False
            try:
                with await self._asking.open(target, order) as exchange:
                    pieces = body.pieces_of(exchange.reply, order.limits)
                    async with aclosing(pieces):
                        async for piece in pieces:
                            has_begun = True
                            yield piece
            except Failure as failure:
                if has_begun:
                    raise Rejected(failure.reason, failure.detail) from None
                await self.wait(failure, order)
            else:
                if not has_begun:
                    raise Rejected("empty_reply", "no bytes")
                return
            finally:
                order.hold.release()

    async def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON that an API answers. Raises Rejected.

        `headers` go to the origin of `url` alone, wherever it redirects to. Opt-outs and
        robots.txt, which are about what people publish, are not asked for here.
        """
        order = self._alone(MAX_JSON_BYTES)
        order.asks_leave = False
        order.headers = {"Accept": "application/json", **(headers or {})}
        target = self.checked(url)
        fetched = await self._whole(target.update_query(params) if params else target, order)
        try:
            return json.loads(fetched.data)
        except (ValueError, RecursionError):
            raise Rejected("bad_reply", "not valid JSON") from None

    async def _whole(self, url: URL, order: Order) -> Fetched:
        while True:
            try:
                fetched = await self.attempt(url, order)
            except Failure as failure:
                await self.wait(failure, order)
            else:
                order.hold.release()
                return fetched

    def checked(self, text: str) -> URL:
        """`text` as an address that may be fetched. Raises Rejected."""
        return check_url(text, self._allowance)

    def order(self, limits: Limits | None = None) -> Order:
        """An order for one address, with the settings' limits."""
        settings = self._settings
        return Order(
            hold=Hold(self._pool),
            limits=limits or self._limits,
            left_s=settings.total_timeout_s,
            reply_s=settings.reply_timeout_s,
            attempt_s=settings.attempt_timeout_s,
        )

    def _alone(self, max_bytes: int) -> Order:
        """An order for what nothing else waits beside: silence costs one wait, and not many."""
        order = self.order(Limits(max_bytes, self._settings.min_bytes_per_s))
        order.reply_s, order.is_alone = PATIENTLY * order.reply_s, True
        return order

    async def attempt(self, url: URL, order: Order) -> Fetched:
        """All of the body at `url`; then `order.hold` is held, to be released by the caller.

        Raises Rejected, and Failure where another attempt may help; then nothing is held.
        """
        try:
            with await self._asking.open(url, order) as exchange:
                left_s = exchange.left_s
                data = await body.read(exchange.reply, order.limits, order.hold, left_s)
        except BaseException:
            order.hold.release()
            raise
        return Fetched(data, str(exchange.url))

    async def wait(self, failure: Failure, order: Order) -> None:
        """Wait until the next attempt. Raises Rejected if there is none."""
        if failure.reason == "host_given_up" and order.last is not None:
            raise Rejected(order.last.reason, order.last.detail)  # it was asked, after all
        order.last = failure.again()
        attempts, order.attempts = order.attempts, order.attempts + 1
        allowed = min(self._settings.retries, 1 if failure.then is Then.ONCE_MORE else 20)
        if failure.then is Then.GIVE_UP or attempts >= allowed:
            raise Rejected(failure.reason, failure.detail)
        back_off_s = min(MAX_BACK_OFF_S, BACK_OFF_S * 2.0**attempts)
        wait_s = max(failure.wait_s or 0.0, back_off_s * self._jitter.uniform(0.5, 1.0))
        if wait_s > order.left_s:
            if failure.then is Then.SLOWER:
                raise Rejected("rate_limited", f"{failure.detail}: too long a wait")
            raise Rejected(failure.reason, failure.detail)
        order.left_s -= wait_s
        await asyncio.sleep(wait_s)
