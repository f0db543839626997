"""Builds up to collect, as users run them, of recipes with any sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from vsfa_data import recipe as recipes
from vsfa_data import resources
from vsfa_data.pipeline import Built, Job, Quiet, build
from vsfa_data.recipe import Recipe


def recipe(*sources: dict[str, Any], **collect: Any) -> Recipe:
    """The quickstart with other sources."""
    path = resources.folder("builders") / "quickstart.yaml"
    plain: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    plain["collect"] = {"sources": list(sources), "min_side_px": 16, **collect}
    return recipes.parse(plain)


def collect(chosen: Recipe, out: Path, **job: Any) -> Built:
    """Everything up to collect, in this process unless `workers` says otherwise."""
    return build(Job(chosen, out, until="collect", **({"workers": 0} | job)), Quiet())


def images(out: Path) -> list[dict[str, Any]]:
    """What was collected, in order."""
    return rows(out / "work" / "collect", "part")


def rejects(out: Path) -> list[dict[str, Any]]:
    """What was not."""
    return rows(out / "work" / "collect", "rejects")


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Rows of all shards."""
    return [
        row for file in sorted(folder.glob(f"{kind}-*")) for row in pq.read_table(file).to_pylist()
    ]
