"""Who is told how a build goes on."""

from __future__ import annotations

from typing import Protocol

from vsfa_data.workspace import Counts, Preparation


class Watcher(Protocol):
    """What a build tells while it runs."""

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        """`stage` starts; `total` units are ahead of it, or None if nobody knows yet."""

    def advanced(self, units: int) -> None:
        """So many units of the stage that runs are done."""

    def noted(self, text: str) -> None:
        """Why the stage that runs does not move; empty when it moves again."""

    def ended(self, stage: str, counts: Counts) -> None:
        """`stage` has ended."""


class Quiet:
    """A watcher that says nothing."""

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        """Nothing."""

    def advanced(self, units: int) -> None:
        """Nothing."""

    def noted(self, text: str) -> None:
        """Nothing."""

    def ended(self, stage: str, counts: Counts) -> None:
        """Nothing."""
