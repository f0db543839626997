"""What a whole host asks for, read once and then remembered for each of its addresses.

It is asked before the first address of a host. A host that cannot be reached fails that address
too and is asked anew with the next. Otherwise, silence is no reservation (TDMRep), but neither
is it leave to visit (RFC 9309, 2.3.1.4: a robots.txt out of order forbids all).

A host that is connected and silent for a moment is asked for its images meanwhile, unless
robots.txt is to be kept to: the reply is then read when the policy is known to allow it, and not
before. Silence to both questions is waited for once, and not once for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from yarl import URL

from vsfa_data.collect.fetch import optout, robots
from vsfa_data.collect.fetch.failures import Failure, Got, is_missing
from vsfa_data.collect.fetch.hosts import Host
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected

MAX_BYTES: Final = 4_000_000
HEAD_START_S: Final = 0.5
"""Silence to the question for the policy after which images are asked for as well. Whoever has
such a file serves it as fast as any other; who makes a page of his "not found" may be slow."""
HEAD_START: Final = 0.1
"""The same as a share of `reply_timeout_s`, where that is shorter."""

Leave = Callable[[], Awaitable[None]]
"""Waits until a host's policy is known. Raises Rejected if it does not allow an address."""

Get = Callable[[URL, int], Awaitable[bytes]]
"""The bytes at an address, at most so many. Raises Rejected; a Failure whose `got` is NOWHERE
means that this very host could not be reached."""


@dataclass(frozen=True)
class Policy:
    """What one host reserves and forbids."""

    reserved: optout.Reserved = ()
    robots: robots.Rules = ()

    def check(self, url: URL) -> None:
        """Raises Rejected: opted_out, robots_disallowed."""
        if not self.reserved and not self.robots:
            return
        path = url.raw_path_qs
        if optout.is_reserved(self.reserved, url.raw_path):
            raise Rejected("opted_out", "tdmrep.json")
        if not robots.is_allowed(self.robots, path):
            raise Rejected("robots_disallowed")


class Asked:
    """A host that is being asked for its policy: how those who wait for that learn of it."""

    def __init__(self, head_start_s: float | None) -> None:
        self.is_done, self.is_late = asyncio.Event(), asyncio.Event()
        self.failure: Failure | None = None
        self.task: asyncio.Task[None] | None = None
        self._head_start_s = head_start_s
        self._timer: asyncio.TimerHandle | None = None

    def is_sent(self) -> None:
        """The question is on its way: from now on its head start counts, if it has one."""
        if self._timer is None and self._head_start_s is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._head_start_s, self.is_late.set)

    def end(self) -> None:
        """There is an answer, or none will come."""
        if self._timer is not None:
            self._timer.cancel()
        self.is_done.set()
        self.is_late.set()


class Policies:
    """Policies of all hosts, by `get`."""

    def __init__(self, settings: FetchSection, get: Get) -> None:
        self._settings, self._get = settings, get
        self._tasks: set[asyncio.Task[None]] = set()
        self.are_wanted = settings.honour_opt_out or settings.robots_txt
        shorter_s = min(HEAD_START_S, HEAD_START * settings.reply_timeout_s)
        self._head_start_s = None if settings.robots_txt else shorter_s

    async def check(self, url: URL, host: Host) -> Leave | None:
        """None if `url` may be fetched; if that will be known later only, what waits for it.

        Raises Rejected if `url` must not be fetched, Failure if its host cannot be reached.
        """
        if host.policy is None:
            asked = host.asked or self._begin(url, host)
            await asked.is_late.wait()
            if not asked.is_done.is_set():
                return partial(self._known, url, host, asked)
            await self._known(url, host, asked)
        else:
            host.policy.check(url)
        return None

    async def close(self) -> None:
        """End what is still being read."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, url: URL, host: Host) -> Asked:
        """Ask a host for its policy. The reading goes on if whoever wanted it is gone."""
        asked = host.asked = Asked(self._head_start_s)
        asked.task = asyncio.create_task(self._ask(url, host, asked))
        self._tasks.add(asked.task)
        asked.task.add_done_callback(self._tasks.discard)
        return asked

    async def _known(self, url: URL, host: Host, asked: Asked) -> None:
        """Wait for the answer. Raises as `check`."""
        await asked.is_done.wait()
        if asked.failure is not None:
            host.failed(asyncio.get_running_loop().time())  # each who waited would have failed
            raise asked.failure.again()
        if host.policy is None and asked.task is not None:
            await asked.task  # a bug comes out here
        if host.policy is not None:
            host.policy.check(url)

    async def _ask(self, url: URL, host: Host, asked: Asked) -> None:
        try:
            host.policy = await self._read(url)
        except Failure as failure:
            asked.failure = failure.again()
        finally:
            host.asked = None
            asked.end()

    async def _read(self, url: URL) -> Policy:
        reserved: optout.Reserved = ()
        rules: robots.Rules = ()
        if self._settings.honour_opt_out:
            data = await self._file(url.with_path(optout.WELL_KNOWN), MAX_BYTES)
            reserved = optout.parse_tdmrep(data or b"")
        if self._settings.robots_txt:
            data = await self._file(url.with_path("/robots.txt"), MAX_BYTES)
            product = self._settings.product
            rules = robots.FORBID_ALL if data is None else robots.parse(data, product)
        return Policy(reserved, rules)

    async def _file(self, url: URL, max_bytes: int) -> bytes | None:
        """Bytes of a file, none if the host has no such file, None if it does not say."""
        try:
            return await self._get(url, max_bytes)
        except Rejected as no:
            if isinstance(no, Failure) and no.got is Got.NOWHERE:
                raise
            return b"" if is_missing(no) or no.reason == "empty_reply" else None
