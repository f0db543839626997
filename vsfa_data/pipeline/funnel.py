"""The funnel: what went into each step, what was kept, what was rejected for which reason.

The same object is printed, given by `--json`, and held by `manifest.json`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vsfa_data.errors import CountError
from vsfa_data.workspace import Counts


def step_counts(unit: str, stages: Sequence[tuple[str, Counts]]) -> dict[str, Any]:
    """One step's line of the funnel, from the counts of its stages in order.

    Raises CountError unless each stage took in exactly what the stage before it kept.
    """
    rejected: Counter[str] = Counter()
    for (before, given), (after, taken) in itertools.pairwise(stages):
        if taken.counted != given.kept:
            raise CountError(f"{before} kept {given.kept}, but {after} took in {taken.counted}")
    for _, counts in stages:
        rejected.update(counts.rejected)
    first, last = stages[0][1], stages[-1][1]
    return {
        "unit": unit,
        "in": first.counted,
        "kept": last.kept,
        "rejected": dict(sorted(rejected.items())),
    }


def check_handover(before: str, kept: int, after: str, taken: int) -> None:
    """Raise CountError if a step did not take in exactly what the step before it kept."""
    if kept != taken:
        raise CountError(f"{before} kept {kept}, but {after} took in {taken}")


def reasons_text(step: Mapping[str, Any]) -> str:
    """`3 duplicate, 1 truncated`: why a step rejected what it did, most frequent first."""
    rejected: Mapping[str, int] = step["rejected"]
    order = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {reason}" for reason, count in order)
