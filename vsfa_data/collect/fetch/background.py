"""Downloads in a thread of their own, for those who decode what comes meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from vsfa_data.collect.fetch.batch import Outcome
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.hold import Hold
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected

_Box = SimpleQueue["Outcome | asyncio.Task[None]"]
"""Outcomes of a list, and last of all the task that fetched it."""


def fetch_all(
    urls: Sequence[str], settings: FetchSection, max_bytes: int
) -> Iterator[tuple[int, Fetched | Rejected]]:
    """Each of `urls` by its number, as they are done, while the caller works on the last one."""
    with Downloads(settings, max_bytes) as downloads:
        yield from downloads.fetch_all(urls)


class Downloads:
    """A fetcher that keeps its connections, and what it knows of hosts, from list to list.

    To be used in `with`, by one thread. Several lists may be under way at once: the end of one,
    waiting for slow hosts, then costs the next one nothing.
    """

    def __init__(self, settings: FetchSection, max_bytes: int) -> None:
        self._fetcher = Fetcher(settings, max_bytes)
        self._lists: dict[_Box, asyncio.Task[None]] = {}
        self._returned: deque[Hold] = deque()
        self._is_waking = False

    def __enter__(self) -> Self:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="downloads", daemon=True
        )
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._fetcher.__aenter__(), self._loop).result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what is under way, close all connections, end the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def fetch_all(self, urls: Sequence[str]) -> Iterator[tuple[int, Fetched | Rejected]]:
        """Each of `urls` by its number, as they are done. Downloading starts at this call.

        At most `concurrency` downloads wait to be taken; then they hold the others up.
        """
        box: _Box = SimpleQueue()
        self._loop.call_soon_threadsafe(self._start, urls, box)
        return self._taken(box)

    def _start(self, urls: Sequence[str], box: _Box) -> None:
        def end(task: asyncio.Task[None]) -> None:
            del self._lists[box]
            box.put(task)

        self._lists[box] = self._loop.create_task(self._put(urls, box))
        self._lists[box].add_done_callback(end)

    async def _put(self, urls: Sequence[str], box: _Box) -> None:
        async with aclosing(self._fetcher.outcomes(urls)) as outcomes:
            async for outcome in outcomes:
                box.put(outcome)

    def _taken(self, box: _Box) -> Iterator[tuple[int, Fetched | Rejected]]:
        last: Outcome | asyncio.Task[None] | None = None
        try:
            while isinstance(last := box.get(), Outcome):
                self._give_back(last.hold)
                yield last.number, last.result
            last.result()  # a bug in the thread comes out here
        finally:
            if not isinstance(last, asyncio.Task) and not self._loop.is_closed():
                self._abandon(box)

    def _give_back(self, hold: Hold) -> None:
        """Have the thread release `hold`; waking it once for several is a good deal cheaper."""
        self._returned.append(hold)
        if not self._is_waking:
            self._is_waking = True
            self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        self._is_waking = False
        while self._returned:
            self._returned.popleft().release()

    def _abandon(self, box: _Box) -> None:
        """The reader wants no more of a list: stop it and give back what it holds."""
        self._loop.call_soon_threadsafe(self._cancel, box)
        while isinstance(rest := box.get(), Outcome):
            self._give_back(rest.hold)

    def _cancel(self, box: _Box) -> None:
        if box in self._lists:
            self._lists[box].cancel()

    async def _close(self) -> None:
        lists = tuple(self._lists.values())
        for task in lists:
            task.cancel()
        await asyncio.gather(*lists, return_exceptions=True)
        await self._fetcher.__aexit__(None, None, None)
