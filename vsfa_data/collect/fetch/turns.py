"""Taking turns: a counted resource that those who wait get in order."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """`limit` units to share; `limit` may change at any time.

    A request for more than `limit` is served when nothing else is taken.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.taken = limit, 0
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take_now(self, units: int = 1) -> bool:
        """Take `units` if that needs no waiting."""
        if self._waiting or not self._fits(units):
            return False
        self.taken += units
        return True

    async def take(self, units: int = 1, *, first: bool = False) -> None:
        """Wait for `units`; `first` goes before all who wait already."""
        if self.take_now(units):
            return
        entry = (asyncio.get_running_loop().create_future(), units)
        if first:
            self._waiting.appendleft(entry)
        else:
            self._waiting.append(entry)
        try:
            await entry[0]
        except asyncio.CancelledError:
            if entry[0].cancelled():
                self._waiting.remove(entry)
                self.wake()
            else:  # it was given just before
                self.give(units)
            raise

    def give(self, units: int = 1) -> None:
        """Hand `units` back."""
        self.taken -= units
        if self._waiting:
            self.wake()

    def wake(self) -> None:
        """Let in whoever fits; to be called after `limit` was raised."""
        while self._waiting and self._fits(self._waiting[0][1]):
            future, units = self._waiting[0]
            if future.done():  # cancelled: it takes itself off the list
                return
            self._waiting.popleft()
            self.taken += units
            future.set_result(None)

    def _fits(self, units: int) -> bool:
        return self.taken == 0 or self.taken + units <= self.limit
