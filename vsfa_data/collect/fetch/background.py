"""The fetcher for code that is not asynchronous: it works in a thread of its own.

    with Background(recipe.collect.fetch, max_bytes) as web:
        page = web.json("https://api.example.org/images", {"q": "knife", "page": 2})
        for piece in web.stream("https://example.org/images.tar", max_bytes=10**11):
            ...
        web.start([(0, "https://example.org/a.jpg"), (1, "https://example.org/b.jpg")])
        while web.under_way:
            number, result = web.take()

Everything is safe, limited and polite as `Fetcher` has it. One reason code of `tables.REASONS`
comes of each failure.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.batch import Batch, Outcome
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.hold import Hold
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected

Result = TypeVar("Result")


class Background:
    """A fetcher in a thread; to be used in `with`, by one other thread.

    `max_bytes`: size of one reply, at most, JSON and streams apart. `allowance`: as of `Fetcher`.
    """

    def __init__(
        self, settings: FetchSection, max_bytes: int, *, allowance: Allowance | None = None
    ) -> None:
        self._fetcher = Fetcher(settings, max_bytes, allowance=allowance)
        self._outcomes: SimpleQueue[Outcome | BaseException] = SimpleQueue()
        self._ahead: Outcome | BaseException | None = None  # the next one, already off the queue
        self._returned: deque[Hold] = deque()
        self._is_waking = False
        self.under_way = 0
        """Addresses that were started and not yet taken."""

    def __enter__(self) -> Self:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="downloads", daemon=True
        )
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what is under way, close all connections, end the thread."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def fetch(self, url: str) -> Fetched:
        """What is at `url`. Raises Rejected."""
        return self._run(self._fetcher.fetch(url))

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON that an API answers, as `Fetcher.json`. Raises Rejected."""
        return self._run(self._fetcher.json(url, params, headers))

    def stream(self, url: str, max_bytes: int) -> Iterator[bytes]:
        """The body at `url` in pieces, as `Fetcher.stream`. Raises Rejected."""
        pieces = self._fetcher.stream(url, max_bytes)

        async def following() -> bytes:
            return await anext(pieces, b"")

        try:
            while piece := self._run(following()):
                yield piece
        finally:
            if not self._loop.is_closed():
                self._run(pieces.aclose())

    def start(self, urls: Iterable[tuple[int, str]]) -> None:
        """Have numbered addresses fetched; each will be taken once, in whatever order.

        At most `concurrency` downloads wait to be taken; then they hold the others up.
        """
        listed = list(urls)
        self.under_way += len(listed)
        self._loop.call_soon_threadsafe(self._add, listed)

    def is_last(self) -> None:
        """Say that nothing else will be started, and that nothing else is to be done."""
        self._loop.call_soon_threadsafe(self._batch.is_last)

    def take(self) -> tuple[int, Fetched | Rejected]:
        """The next outcome; waits for it. To be called while anything is under way."""
        outcome = self._outcomes.get() if self._ahead is None else self._ahead
        self._ahead = None
        if isinstance(outcome, BaseException):
            raise outcome  # a bug in the thread
        self.under_way -= 1
        self._give_back(outcome.hold)
        return outcome.number, outcome.result

    @property
    def is_ready(self) -> bool:
        """Whether `take` would not wait."""
        return self._ahead is not None or not self._outcomes.empty()

    def is_ready_within(self, seconds: float) -> bool:
        """Whether `take` would not wait any more, after `seconds` at most."""
        if self._ahead is None:
            try:
                self._ahead = self._outcomes.get(timeout=seconds)
            except Empty:
                return False
        return True

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # ctrl-C came while we waited
            raise

    async def _open(self) -> None:
        await self._fetcher.__aenter__()
        self._batch: Batch = self._fetcher.batch(self._outcomes.put)

    async def _close(self) -> None:
        await self._batch.close()
        await self._fetcher.__aexit__(None, None, None)

    def _add(self, urls: list[tuple[int, str]]) -> None:
        for number, url in urls:
            self._batch.add(number, url)

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
