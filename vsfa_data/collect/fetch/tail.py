"""The end of a list: how long hosts that have never answered anything are still waited for.

While anything else is to be done, they are waited for as long as the settings say, which costs
nothing. When nothing else is left, each of them would cost its whole time-out, alone: then those
go that have been silent for much longer than the hosts of this very run take to answer. On the
open web, where one host in a hundred takes a second, that is no sooner than the settings say.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.fetch.silence import Patience

if TYPE_CHECKING:
    from vsfa_data.collect.fetch.hosts import Host

HOSTS: Final = 10
"""Hosts that must have answered before anything is learnt of them."""
SLOWER: Final = 0.01
"""Share of the hosts, rounded down, whose quickest replies may be slower than the usual ones."""
TIMES: Final = 5.0
"""Silence that is allowed, in times of the slowest usual host's quickest reply."""
LOST_S: Final = 1.0
"""Silence that is allowed on top: after it, TCP repeats what was lost on the way (RFC 6298)."""
STEP_S: Final = 0.5
"""What is allowed is rounded up to whole steps, so that it is mostly the same in the next run."""
LOOK_S: Final = 0.05
LATE_S: Final = 0.2
"""Delay of a look from which this process was held up, and with it the replies that it reads."""
_UNIT_S: Final = 0.01


class Learnt:
    """The quickest reply of each host, from its request to its first byte, in hundredths.

    The quickest, since queues only ever make a reply later: at the server, on the way, and here
    while much is under way. It may have brought whatever; a connection that it needed counts.
    """

    def __init__(self) -> None:
        self._hosts: Counter[int] = Counter()

    def note(self, reply_s: float, before_s: float | None) -> None:
        """A host's quickest reply takes `reply_s`; `before_s` was its quickest until now."""
        if before_s is not None:
            self._hosts[_units(before_s)] -= 1
        self._hosts[_units(reply_s)] += 1

    @property
    def patience_s(self) -> float:
        """Silence after which hardly any host will answer; infinite while too few have."""
        count = self._hosts.total()
        if count < HOSTS:
            return math.inf
        usual_s = self._quickest(count - int(SLOWER * count)) * _UNIT_S
        return STEP_S * math.ceil((LOST_S + TIMES * usual_s) / STEP_S)

    def _quickest(self, number: int) -> int:
        """The hundredths within which so many hosts have answered."""
        for units in sorted(self._hosts):
            number -= self._hosts[units]
            if number <= 0:
                return units
        raise ValueError("not so many hosts have answered")


class Tail:
    """Looks, from `begin` on, whether nothing but silent hosts is left, and ends those in time.

    `left`: the hosts of all that is under way, or None if one of them is not silent. Whoever is
    ended was silent in two looks in a row: what has come meanwhile has been read in between.
    """

    def __init__(
        self,
        settings: FetchSection,
        learnt: Learnt,
        left: Callable[[], Collection[Host] | None],
    ) -> None:
        self._settings, self._learnt, self._left = settings, learnt, left
        self._seen: set[Host] = set()
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Nothing else is to be done but what is under way."""
        if self._timer is None and self._settings.adaptive_timeout:
            self._look_later()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        left, before = set(self._left() or ()), self._seen
        self._seen = left if now < self._next + LATE_S else set()
        patience = self._patience()
        for host in self._seen & before:
            host.end_silence(patience, now)
        self._look_later()

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._next = loop.time() + LOOK_S
        self._timer = loop.call_at(self._next, self._look)

    def _patience(self) -> Patience:
        """What was learnt where it is less than what the settings say, which ends by itself."""
        patience_s, settings = self._learnt.patience_s, self._settings
        usual = (settings.connect_timeout_s, settings.reply_timeout_s)
        return Patience(*(patience_s if patience_s < one else math.inf for one in usual))


def _units(seconds: float) -> int:
    return math.ceil(seconds / _UNIT_S)
