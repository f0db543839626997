"""Asking a server about many pictures at once, patiently and no more than it can take."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.server.chat import Again
from vsfa_data.caption.server.server import Server, attempt
from vsfa_data.caption.server.waiting import Waiting
from vsfa_data.errors import SetupError

if TYPE_CHECKING:
    import aiohttp

    from vsfa_data.caption.server.adaptive import Limit

FIRST_WAIT_S: Final = 0.5
FIRST_WAIT_FOR_ROOM_S: Final = 0.1
"""Where a server is well and only has too much: it has room again as soon as a reply is written."""
LONGEST_WAIT_S: Final = 60.0
"""How long is waited before an attempt that nobody asked to be put off, doubling from the first."""
IN_A_ROW: Final = 5
"""Requests that may come to nothing, one after the other, before the build stops."""


@dataclass
class _Job:
    """A request; how often it was sent, how often that failed by no fault of the crowd's."""

    request: Request
    tries: int = 0
    failures: int = 0
    era: int = 0


class Asker:
    """Requests go in, replies come out. Lives in one event loop; `close` it at the end."""

    def __init__(self, server: Server, limit: Limit) -> None:
        self._server, self._limit = server, limit
        self._waiting: deque[_Job] = deque()
        self._later: list[tuple[float, int, _Job]] = []
        self._running: dict[asyncio.Task[Reply | Again], _Job] = {}
        self._session: aiohttp.ClientSession | None = None
        self._not_before = 0.0
        self._patience = Waiting(server.url, server.patience_s)
        self._put_off = self._failed_in_a_row = 0
        self._broken: SetupError | None = None

    @property
    def busy(self) -> bool:
        """Whether any request has no reply yet, or why there will be none is still to be told."""
        return bool(self._waiting or self._later or self._running or self._broken)

    def put(self, request: Request) -> None:
        """One more thing to ask."""
        self._waiting.append(_Job(request))

    async def some(self) -> list[tuple[Request, Reply]]:
        """The next replies, at least one. Raises SetupError if the server is of no use."""
        found: list[tuple[Request, Reply]] = []
        while not found:
            if self._broken is not None:
                raise self._broken
            wait_s = self._send()
            say_s = self._patience.next_s(asyncio.get_running_loop().time())
            if not self._running:
                await asyncio.sleep(min(wait_s or 0.0, say_s))
                continue
            wait_s = say_s if wait_s is None else min(wait_s, say_s)
            done, _ = await asyncio.wait(
                self._running, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                job = self._running.pop(task)
                try:
                    reply = self._judged(job, task.result())
                except SetupError as error:
                    self._broken = error  # raised once the other replies are handed out
                else:
                    found += [(job.request, reply)] if reply is not None else []
        if self._broken is None:
            self._send()
        return found

    async def close(self) -> None:
        """Give up what is on its way and let go of the connections."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()
        if self._session is not None:
            await self._session.close()

    def _send(self) -> float | None:
        """Send what may go now; seconds until something else may, or None if a reply decides."""
        now = asyncio.get_running_loop().time()
        while self._later and self._later[0][0] <= now:
            self._waiting.appendleft(heapq.heappop(self._later)[2])
        if now < self._not_before:
            return self._not_before - now
        while self._waiting and len(self._running) < self._limit.now:
            job = self._waiting.popleft()
            job.tries, job.era = job.tries + 1, self._limit.era
            self._running[asyncio.ensure_future(self._attempt(job.request))] = job
            self._patience.begin(now)
        return max(0.0, self._later[0][0] - now) if self._later else None

    def _judged(self, job: _Job, outcome: Reply | Again) -> Reply | None:
        """The reply, or None if the request will be sent again. Raises SetupError."""
        now = asyncio.get_running_loop().time()
        if isinstance(outcome, Reply):
            self._patience.replied(now)
            self._failed_in_a_row = 0
            self._limit.succeeded()
            return outcome
        self._patience.failed(now, self._server.without_key(outcome.why))
        if outcome.overloaded:
            self._limit.refused(job.era)
        if not outcome.limited:
            job.failures += 1
        if outcome.final or job.failures >= self._server.attempts:
            return self._given_up(job, outcome)
        left_s = self._patience.left_s(now)
        if (outcome.after_s or 0.0) > left_s or left_s <= 0.0:
            raise SetupError(self._stopped(self._impatient(outcome), outcome))
        self._again(job, outcome, now)
        return None

    def _given_up(self, job: _Job, outcome: Again) -> Reply:
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= IN_A_ROW:
            tried = f"gave nothing for {IN_A_ROW} pictures in a row, tried {job.tries} time(s)"
            raise SetupError(self._stopped(tried, outcome))
        return Reply("", "failed")

    def _impatient(self, outcome: Again) -> str:
        patience = f"caption.patience_s, {self._server.patience_s:g} s"
        if outcome.after_s:
            return f"wants {outcome.after_s:g} s more patience than there is ({patience} in all)"
        return f"gave no reply for longer than there is patience ({patience})"

    def _stopped(self, what: str, outcome: Again) -> str:
        return (
            f"{self._server.url} {what} ({self._server.without_key(outcome.why)}). See to the "
            f"server, then run the same command again: replies so far are kept"
        )

    def _again(self, job: _Job, outcome: Again, now: float) -> None:
        """Put a request off: for as long as the server asks, or longer with every attempt."""
        if outcome.after_s is not None:
            self._not_before = max(self._not_before, now + outcome.after_s)
            due = now + outcome.after_s
        else:
            first_s = FIRST_WAIT_FOR_ROOM_S if outcome.limited else FIRST_WAIT_S
            wait_s = min(LONGEST_WAIT_S, first_s * 2.0 ** min(job.tries - 1, 20))
            # The last attempt is made when patience ends, not after it.
            due = now + min(wait_s * _spread(job), self._patience.left_s(now))
        self._put_off += 1
        heapq.heappush(self._later, (due, self._put_off, job))

    def _attempt(self, request: Request) -> Coroutine[Any, Any, Reply | Again]:
        if self._session is None:
            self._session = self._server.session()
        return attempt(self._server, self._session, request)


def _spread(job: _Job) -> float:
    """Between 0.5 and 1, by picture and try: what failed together is not sent together."""
    seed = f"{job.request.picture.image_id}:{job.tries}".encode()
    return 0.5 + sha256(seed).digest()[0] / 512
