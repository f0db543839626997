"""What to build, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
