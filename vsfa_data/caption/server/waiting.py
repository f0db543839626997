"""How long a server is waited for that gives no reply, and what is said of it meanwhile."""

from __future__ import annotations

from typing import Final

from vsfa_data.processes import notices

FIRST_S: Final = 10.0
"""Without a reply, after which it is said what is waited for, if the server said why."""
SILENT_S: Final = 60.0
"""The same of a server that says nothing."""
EACH_S: Final = 60.0
"""After which it is said again."""


class Waiting:
    """Knows when the last reply came. Times are those of the event loop, in seconds."""

    def __init__(self, url: str, patience_s: float) -> None:
        self._url, self.patience_s = url, patience_s
        self._since: float | None = None
        self._judged_since: float | None = None
        self._why = ""
        self._said: float | None = None

    def begin(self, now: float) -> None:
        """A request is sent."""
        if self._since is None:
            self._since = now

    def replied(self, now: float) -> None:
        """A reply came."""
        self._since = self._judged_since = now
        self._why = ""
        if self._said is not None:
            self._said = None
            notices.tell("")

    def failed(self, now: float, why: str) -> None:
        """An attempt came to nothing. Patience is measured from the first one."""
        self._why = why
        if self._judged_since is None:
            self._judged_since = now

    def left_s(self, now: float) -> float:
        """Patience that is left."""
        return self.patience_s - (now - (now if self._judged_since is None else self._judged_since))

    def next_s(self, now: float) -> float:
        """Say what is waited for, if it is time to; seconds until it is the next time."""
        if self._since is None:
            return EACH_S
        if self._said is None:
            due = self._since + (FIRST_S if self._why else SILENT_S)
        else:
            due = self._said + EACH_S
        if now < due:
            return due - now
        self._said = now
        notices.tell(self._told(now - self._since))
        return EACH_S

    def _told(self, for_s: float) -> str:
        said = f" It says {self._why}." if self._why else ""
        return (
            f"waiting for {self._url}: no reply for {for_s:.0f} s.{said} "
            f"Gives up after {self.patience_s:.0f} s of failures (caption.patience_s)"
        )
