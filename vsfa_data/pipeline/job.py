"""What to build, what it came to, and who is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vsfa_data.recipe import Recipe
from vsfa_data.release.step import Released
from vsfa_data.workspace import Counts, Preparation


@dataclass(frozen=True)
class Job:
    """What to build, where, and how far."""

    recipe: Recipe
    out: Path
    until: str = "release"
    workers: int = 1
    shard_size: int | None = None
    relist: bool = False


@dataclass
class Built:
    """What a build came to."""

    funnel: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    released: Released | None = None
    scored: int | None = None
    balance: dict[str, dict[str, float]] = field(default_factory=dict)
    not_collected: list[tuple[str, str]] = field(default_factory=list)
    """The first files that collect rejected, with their reasons."""
    unanswered: str = ""
    """What collect gave up because no reply came in time, and how to wait longer."""
    work: Path | None = None

    def note(self, stage: str, found: Preparation, counts: Counts) -> None:
        """Hold what was done of `stage`, and why."""
        self.stages[stage] = {
            "status": found.status,
            "why": list(found.why),
            "kept": counts.kept,
        }


class Watcher(Protocol):
    """Who is told how a build goes on."""

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        """`stage` starts; `total` units are ahead of it, or None if nobody knows yet."""

    def advanced(self, units: int) -> None:
        """So many units of the stage that runs are done."""

    def noted(self, text: str) -> None:
        """Why the stage that runs does not move; empty when it moves again."""

    def ended(self, stage: str, counts: Counts) -> None:
        """`stage` has ended."""
