"""What is known of each host: how much it is asked at once, and whether at all.

A host that does not answer must not cost a time-out for each of its addresses, and one that is
out of order for a moment must not lose its images. So a host that has never let a download end
is given up after GIVE_UP_NEW failures in a row, and gets one request at a time after the first.
One that has needs GIVE_UP_KNOWN times `per_host` failures (several rounds of requests in which
nothing came) over at least GIVE_UP_KNOWN_S. Either is tried again after GIVEN_UP_S. What a
server *says* (404, 500, 429) is never a failure in this sense.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from vsfa_data.collect.fetch.failures import Failure, Got
from vsfa_data.collect.fetch.silence import Patience, Silence
from vsfa_data.collect.fetch.tail import Learnt
from vsfa_data.collect.fetch.turns import Turns

if TYPE_CHECKING:
    from yarl import URL

    from vsfa_data.collect.fetch.policies import Asked, Policy

GIVE_UP_NEW: Final = 4
"""Failures in a row; also how many requests a host gets at once until it has proved itself."""
MUTE: Final = 2
"""Failures in a row of a host that has shown no image yet, from which nothing is asked of it
twice. Of one that has never answered at all, nothing ever is: TCP itself repeats what is lost."""
GIVE_UP_KNOWN: Final = 4
GIVE_UP_KNOWN_S: Final = 10.0
GIVEN_UP_S: Final = 60.0
BUSY_S: Final = 1.0
"""Pause after 429 or 503 without Retry-After."""
MAX_HOSTS: Final = 10_000
"""Hosts to remember: about a kilobyte each."""


class Host:
    """One host and port: turns to ask it, pauses that it asked for, failures in a row."""

    def __init__(self, per_host: int, learnt: Learnt | None = None) -> None:
        self._per_host, self._learnt = per_host, learnt or Learnt()
        self.turns = Turns(min(per_host, GIVE_UP_NEW))
        self.policy: Policy | None = None
        self.asked: Asked | None = None
        self.silence = Silence()
        self.has_replied = False
        """Whether a reply of it has ever begun, to whatever question."""
        self._quickest_s: float | None = None
        self._failures, self._is_proved, self._answered_at = 0, False, 0.0
        self._paused_until, self._given_up_until = 0.0, 0.0
        self._ended: Failure | None = None  # how its silence was ended, if it was

    def enter_now(self, now: float) -> bool:
        """Take a turn if nothing speaks against it."""
        is_open = now >= self._paused_until and now >= self._given_up_until
        return is_open and self.turns.take_now()

    def check(self, now: float, left_s: float) -> float:
        """Seconds for which the host asked to be left alone.

        Raises Failure: why it is given up, or `rate_limited` if they are more than `left_s`.
        """
        if now < self._given_up_until:
            if self._ended is not None:
                raise self._ended.again()
            raise Failure("host_given_up", "it failed too often in a row", got=Got.NOWHERE)
        pause_s = max(0.0, self._paused_until - now)
        if pause_s > left_s:
            raise Failure("rate_limited", "the host wants a longer pause", got=Got.NOWHERE)
        return pause_s

    def replied(self, reply_s: float) -> None:
        """A reply has begun, after `reply_s`."""
        self.has_replied = True
        if self._quickest_s is None or reply_s < self._quickest_s:
            self._learnt.note(reply_s, self._quickest_s)
            self._quickest_s = reply_s

    def answered(self, now: float) -> None:
        """A reply came to its end, whatever it said."""
        self._failures, self._answered_at = 0, now
        if not self._is_proved:
            self._is_proved = True
            self.turns.limit = self._per_host
            self.turns.wake()
        elif self.turns.limit < self._per_host:
            self.turns.limit += 1
            self.turns.wake()

    def failed(self, now: float) -> None:
        """A request led to no whole reply."""
        self._failures += 1
        if self._is_proved:
            is_over = self._failures >= GIVE_UP_KNOWN * self._per_host
            is_over = is_over and now - self._answered_at >= GIVE_UP_KNOWN_S
        else:
            is_over = self._failures >= GIVE_UP_NEW
            self.turns.limit = 1
        if is_over:
            if now >= self._given_up_until:  # asked anew, it is given up for another reason
                self._ended = None
            self._given_up_until = now + GIVEN_UP_S
            self._failures = 0

    @property
    def is_mute(self) -> bool:
        """Whether a time-out is the end: it never answered, or never showed an image so far."""
        has_failed = self._failures >= MUTE or self._given_up_until > 0.0
        return not self.has_replied or (has_failed and not self._is_proved)

    def connected(self, now: float) -> None:
        """A request is about to be sent to it."""
        self.silence.sent(now)
        if self.asked is not None:
            self.asked.is_sent()

    def patience_s(self, usual_s: float, now: float) -> float:
        """Silence that it is allowed: of a host that never answered, what is left of `usual_s`.

        One that hangs then costs its first addresses `usual_s` in all, counted from the first
        question. Each image has LEAST_PATIENCE of it at least, and all of it once the host has
        answered anything.
        """
        return usual_s if self.has_replied else self.silence.left_s(usual_s, now)

    @property
    def is_silent(self) -> bool:
        """Whether it has never answered anything, and is being waited for."""
        return not self.has_replied and self.silence.lasts

    def end_silence(self, patience: Patience, now: float) -> None:
        """Give it up, with all that waits for it, if it has been silent for longer."""
        ended = self.silence.end(patience, now) if self.is_silent else None
        if ended is not None:
            self._ended, self._given_up_until = ended, now + GIVEN_UP_S

    def slow_down(self, now: float, wait_s: float | None) -> None:
        """The host asked for fewer requests: one at a time at first, after a pause."""
        self.turns.limit = 1
        pause_s = BUSY_S if wait_s is None else wait_s
        self._paused_until = max(self._paused_until, now + pause_s)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is at this host or waits for it."""
        return not self.turns.taken and not self.turns.waiting


class Hosts:
    """The hosts met so far; the longest known idle one is forgotten beyond MAX_HOSTS."""

    def __init__(self, per_host: int) -> None:
        self._per_host, self.learnt = per_host, Learnt()
        self._hosts: OrderedDict[tuple[str | None, int | None], Host] = OrderedDict()

    def of(self, url: URL) -> Host:
        """The host of `url`."""
        key = (url.raw_host, url.port)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = Host(self._per_host, self.learnt)
            if len(self._hosts) > MAX_HOSTS:
                oldest, known = self._hosts.popitem(last=False)
                if not known.is_idle:
                    self._hosts[oldest] = known
        return host

    def found(self, name: str, port: int, now: float) -> None:
        """A name has been looked up, in order to connect to it."""
        host = self._hosts.get((name, port))
        if host is not None:
            host.silence.knocked(now)

    def connected(self, url: URL, now: float) -> None:
        """A request for `url` is about to be sent."""
        self.of(url).connected(now)
