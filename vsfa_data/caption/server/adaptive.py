"""How many requests may be on their way at once: as many as the server takes without complaint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SHRINK: Final = 0.875
"""What is left of the limit when the server says that it has too much (Ramakrishnan and Jain 1990).
With less, so few requests wait at the server that it runs dry whenever this side is held up."""


@dataclass
class Limit:
    """Additive increase, multiplicative decrease (Chiu and Jain 1989, as in TCP).

    It starts at `start` and grows by one with every reply until the first complaint, after that
    by one for as many replies as it allows requests. Complaints about requests that were sent
    before the last decrease are not counted again: they are about the same crowd.
    """

    most: int
    start: int = 4
    _limit: float = field(init=False)
    _calm: bool = field(default=True, init=False)
    _era: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._limit = float(min(self.start, self.most))

    @property
    def now(self) -> int:
        """Requests that may be on their way, at least one."""
        return int(self._limit)

    @property
    def era(self) -> int:
        """Number of decreases so far; a request remembers it from when it was sent."""
        return self._era

    def succeeded(self) -> None:
        """A reply came."""
        step = 1.0 if self._calm else 1.0 / self._limit
        self._limit = min(float(self.most), self._limit + step)

    def refused(self, era: int) -> None:
        """The server had too much when a request of `era` came."""
        if era != self._era:
            return
        self._calm = False
        self._era += 1
        self._limit = max(1.0, self._limit * SHRINK)
