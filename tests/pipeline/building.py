from __future__ import annotations

from pathlib import Path
from typing import Any

from vsfa_data import recipe as recipes
from vsfa_data.pipeline import Built, Job, Quiet, build

STAGES = ["collect", "dedupe", "score", "select", "caption", "ground", "ask", "balance", "release"]


SAMPLE = 71
"""Pictures in the sample."""


def run(out: Path, *sets: str, **job: Any) -> Built:
    """A build in this process over the first pictures of the sample."""
    sets = ("filter.max_control_threat=0.49", *sets)
    if limit := job.pop("limit", 24):
        sets = (*sets, f"collect.limit={limit}")
    recipe = recipes.load("quickstart", sets, job.pop("seed", None))
    return build(Job(recipe, out, **{"workers": 0, **job}), Quiet())


def statuses(built: Built) -> dict[str, str]:
    return {name: stage["status"] for name, stage in built.stages.items()}


def computed_from(first: str, how: str = "recomputed") -> dict[str, str]:
    start = STAGES.index(first)
    return {name: how if at >= start else "reused" for at, name in enumerate(STAGES)}


def fingerprint(built: Built) -> str:
    assert built.released is not None
    return built.released.fingerprint
