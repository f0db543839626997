"""How well the embedded threat score tells threats from the rest, on the labelled sample.

The sample is kept out of the calibration's fit; its labels stand in sample.csv, which builds
never read for scores.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.row import Row

WANTED_AUC = 0.90


def measure() -> Iterator[Row]:
    """Area under the ROC curve: the chance that a threat scores above a neutral picture."""
    scores = _scores()
    threats = [score for score, kind in scores if kind == "threat"]
    others = [score for score, kind in scores if kind == "neutral"]
    won = sum((a > b) + (a == b) / 2 for a in threats for b in others)
    auc = won / (len(threats) * len(others))
    yield Row("threat score on the sample, ROC AUC", auc, WANTED_AUC, "", ">= 1")


def _scores() -> list[tuple[float, str]]:
    from vsfa_data import recipe, resources
    from vsfa_data.console import Quiet
    from vsfa_data.pipeline import Job, build

    labels = resources.inside("package:sample/sample.csv")
    with labels.open(encoding="utf-8", newline="") as file:
        kinds = {row["file"]: row["kind"] for row in csv.DictReader(file)}
    with tempfile.TemporaryDirectory() as folder:
        build(Job(recipe.load("quickstart"), Path(folder), "filter", workers=2), Quiet())
        work = Path(folder, "work")
        images = _table(work / "collect", columns=["image_id", "source_ref"])
        scored = _table(work / "score", columns=["image_id", "threat_score"])
        refs = {row["image_id"]: row["source_ref"] for row in images.to_pylist()}
        return [(row["threat_score"], kinds[refs[row["image_id"]]]) for row in scored.to_pylist()]


def _table(folder: Path, columns: list[str]) -> pa.Table:
    return pq.read_table(sorted(map(str, folder.glob("part-*.parquet"))), columns=columns)
