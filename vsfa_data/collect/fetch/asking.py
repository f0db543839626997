"""One request after another until the reply that is wanted: turns, leave, redirects."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from yarl import URL

from vsfa_data.collect.fetch import body, optout
from vsfa_data.collect.fetch.addresses import check_url
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.body import Limits
from vsfa_data.collect.fetch.exchange import Exchange
from vsfa_data.collect.fetch.failures import Failure, Got, of_status
from vsfa_data.collect.fetch.hold import Hold, Pool
from vsfa_data.collect.fetch.hosts import Host, Hosts
from vsfa_data.collect.fetch.order import Order
from vsfa_data.collect.fetch.policies import Policies
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.unanswered import GIVEN_UP, REDIRECTED

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
NOT_PUBLIC: Final = ("address_not_public", "name_not_public", "address_rebound")
POLICY_REPLY_S: Final = 3.0
"""Silence after which a host is taken to have no tdmrep.json or robots.txt to show."""


class Asking:
    """Requests to hosts, each in its turn and with the host's leave."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: FetchSection,
        pool: Pool,
        allowance: Allowance,
        hosts: Hosts,
    ) -> None:
        self._session, self._settings = session, settings
        self._pool, self._allowance = pool, allowance
        self._product = settings.product
        self._hosts = hosts
        self._policies = Policies(settings, self._policy_file)
        self._now = asyncio.get_running_loop().time
        self._usual = self._timeout(settings.reply_timeout_s)

    async def close(self) -> None:
        """End what still reads the policies of hosts."""
        await self._policies.close()

    async def open(self, url: URL, order: Order) -> Exchange:
        """The exchange whose reply has status 200, redirects followed.

        Raises Rejected, or Failure where another attempt may help.
        """
        exchange = await self._ask(url, order, order.headers)
        visited = [url]
        while exchange.reply.status != 200:
            with exchange:
                target = await self._target(exchange, visited)
            visited.append(target)
            order.hold.release()
            # Headers that somebody gave are for the origin that they were given for.
            headers = order.headers if target.origin() == url.origin() else None
            try:
                exchange = await self._ask(target, order, headers)
            except Failure as failure:
                if failure.reason in NOT_PUBLIC:
                    raise _redirected(failure) from None
                if failure.got is Got.NOWHERE:  # the host asked for was there
                    failure.got = Got.CONNECTED
                if failure.reason == GIVEN_UP:
                    failure.detail = (
                        f"{REDIRECTED}{target.host_port_subcomponent}: {failure.detail}"
                    )
                raise
        return exchange

    async def _target(self, exchange: Exchange, visited: list[URL]) -> URL:
        """Where a reply other than 200 leads to. Raises Rejected and Failure."""
        reply, url = exchange.reply, exchange.url
        await body.drain(reply)
        if reply.status not in REDIRECTS:
            raise of_status(reply.status, reply.headers.get("Retry-After"))
        location = reply.headers.get("Location")
        if location is None:
            raise Rejected("redirect_refused", "no Location")
        try:
            target = check_url(location, self._allowance, base=url)
        except Rejected as no:
            raise _redirected(no) from None
        if url.scheme == "https" and target.scheme == "http":
            raise Rejected("redirect_refused", "from https to http")
        if target in visited:
            raise Rejected("redirect_loop")
        if len(visited) > self._settings.max_redirects:
            raise Rejected("too_many_redirects", f"more than {self._settings.max_redirects}")
        return target

    async def _ask(self, url: URL, order: Order, headers: dict[str, str] | None) -> Exchange:
        """Whatever `url` replies. Raises Rejected and Failure."""
        order.host = host = self._hosts.of(url)
        leave = None
        if order.asks_leave and self._policies.are_wanted:
            leave = await self._policies.check(url, host)
        if not host.enter_now(self._now()):
            await self._enter(url, host, order)
        if order.is_last and not host.turns.waiting:
            headers = {**(headers or {}), "Connection": "close"}
        reply_s = order.reply_s
        if not order.is_alone:
            reply_s = host.patience_s(reply_s, self._now())
        is_usual = reply_s == self._settings.reply_timeout_s
        exchange = Exchange(url, host, order, self._settings.connect_timeout_s, leave)
        await exchange.begin(
            self._session, headers, self._usual if is_usual else self._timeout(reply_s)
        )
        if order.asks_leave and self._settings.honour_opt_out:
            header = optout.of_headers(exchange.reply.headers, self._product)
            if header is not None:
                with exchange:
                    raise Rejected("opted_out", header)
        return exchange

    async def _enter(self, url: URL, host: Host, order: Order) -> None:
        """Take a turn at `host`, later if it wants to be left alone. Raises Rejected, Failure."""
        await host.turns.take(first=order.attempts > 0)
        try:
            while pause_s := host.check(self._now(), order.left_s):
                await asyncio.sleep(pause_s)
            if order.asks_leave and host.policy is not None:  # it may have become known meanwhile
                host.policy.check(url)
        except BaseException:
            host.turns.give()
            raise

    def _timeout(self, reply_s: float) -> aiohttp.ClientTimeout:
        """What aiohttp is to watch; the time of a whole request, `Exchange` does."""
        return aiohttp.ClientTimeout(
            sock_connect=self._settings.connect_timeout_s, sock_read=reply_s
        )

    async def _policy_file(self, url: URL, max_bytes: int) -> bytes:
        """A small file that speaks for its whole host. Raises Rejected."""
        reply_s = min(POLICY_REPLY_S, self._settings.reply_timeout_s)
        order = Order(
            hold=Hold(self._pool),
            limits=Limits(max_bytes, self._settings.min_bytes_per_s),
            left_s=self._settings.total_timeout_s,
            reply_s=reply_s,
            attempt_s=2.0 * reply_s,
            asks_leave=False,
            is_policy=True,
        )
        try:
            with await self.open(url, order) as exchange:
                left_s = exchange.left_s
                return await body.read(exchange.reply, order.limits, order.hold, left_s)
        finally:
            order.hold.release()


def _redirected(no: Rejected) -> Rejected:
    """What is wrong with the address that a redirect leads to."""
    if no.reason in NOT_PUBLIC:
        return Rejected("redirect_not_public", no.detail)
    return Rejected(no.reason, ": ".join(filter(None, ("redirected", no.detail))))
