"""Groups of shards for processes that take them in turn."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable
from typing import Final

from vsfa_data.stages import Shard

GROUP_SHARDS: Final = 64
"""Shards in a group, at most."""
_HELD: Final = 2
"""Groups that a process has at a time: the one it works on, and the next one."""


class Shares:
    """Hands out `shards` in groups, in order, to so many `takers`.

    Towards the end groups of several takers get smaller, so that none is left with a large one
    while the others have nothing to do. To see the end, `shards` are drawn ahead; not for one.
    """

    def __init__(self, shards: Iterable[Shard], takers: int) -> None:
        self._shards, self._takers = iter(shards), takers
        self._ahead: deque[Shard] = deque()

    def take(self, size: int) -> list[Shard]:
        """The next shards: `size` of them (GROUP_SHARDS at most), or fewer near the end."""
        size = min(size, GROUP_SHARDS)
        if self._takers == 1:
            return list(itertools.islice(self._shards, size))
        parts = _HELD * self._takers
        wanted = parts * GROUP_SHARDS - len(self._ahead)
        self._ahead.extend(itertools.islice(self._shards, wanted))
        fair = -(-len(self._ahead) // parts)
        return [self._ahead.popleft() for _ in range(min(size, fair))]
