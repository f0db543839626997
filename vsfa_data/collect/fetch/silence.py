"""A host that has not answered anything yet: what it was asked, and how long it is silent."""

from __future__ import annotations

from typing import Final, NamedTuple

from vsfa_data.collect.fetch.failures import Failure, early
from vsfa_data.collect.fetch.hold import Hold

LEAST_PATIENCE: Final = 0.6
"""Share of the silence that a host is allowed which each single question to it has at least."""


class Patience(NamedTuple):
    """For how long a host may be silent, in seconds: to who connects, and to what is asked."""

    connect_s: float
    reply_s: float


class Silence:
    """The questions that wait for a first answer, and since when."""

    __slots__ = ("_asked", "_knocked_at", "_sent_at")

    def __init__(self) -> None:
        self._asked: dict[Hold, float] = {}
        self._knocked_at: float | None = None  # its address was known, and it was connected to
        self._sent_at: float | None = None  # the first question was on its way

    def knocked(self, now: float) -> None:
        """It is about to be connected to: its name, if it has one, has been looked up."""
        if self._knocked_at is None:
            self._knocked_at = now

    def sent(self, now: float) -> None:
        """A question is about to be sent."""
        if self._sent_at is None:
            self._sent_at = now

    def asked(self, question: Hold, now: float, *, is_known: bool) -> None:
        """One more question waits for an answer; `is_known` if no name has to be looked up."""
        self._asked[question] = now
        if is_known:
            self.knocked(now)

    def over(self, question: Hold) -> None:
        """It waits no more."""
        self._asked.pop(question, None)

    @property
    def lasts(self) -> bool:
        """Whether something is waited for that a name server cannot be at fault for."""
        return self._knocked_at is not None and bool(self._asked)

    def left_s(self, usual_s: float, now: float) -> float:
        """Time for a question asked now: what is left of `usual_s`, and LEAST_PATIENCE of it."""
        if self._sent_at is None:
            return usual_s
        return max(LEAST_PATIENCE * usual_s, usual_s - (now - self._sent_at))

    def end(self, patience: Patience, now: float) -> Failure | None:
        """Have all questions fail, in the way returned, if it lasts for longer than `patience`.

        Each of them has had LEAST_PATIENCE of that then.
        """
        is_connected = self._sent_at is not None
        since = self._sent_at if is_connected else self._knocked_at
        silent_s = patience.reply_s if is_connected else patience.connect_s
        if since is None or now - since < silent_s or not self._asked:
            return None
        if now - max(self._asked.values()) < LEAST_PATIENCE * silent_s:
            return None
        failure = early(silent_s, is_connected=is_connected)
        for question in self._asked:
            question.end(failure.again())
        return failure
