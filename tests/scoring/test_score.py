"""The table of a folder's scores."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from vsfa_data.errors import UserError
from vsfa_data.recipe import FilterSection
from vsfa_data.scoring.score import COLUMNS, Job, score


def run(job: Job) -> tuple[dict[str, Any], list[dict[str, str]]]:
    told: list[int] = []
    found = score(job, told.append, lambda: told.append(-1))
    assert told == [found["images"], *[-1] * found["images"]]
    with job.out.open(newline="") as stream:
        return found, list(csv.DictReader(stream))


def test_one_row_for_each_file_and_figures_for_labels(
    folder: Path, label_file: Path, embedded: FilterSection, tmp_path: Path
) -> None:
    found, rows = run(Job(folder, embedded, tmp_path / "s.csv", label_file, workers=0))
    assert tuple(rows[0]) == COLUMNS
    by_name = {row["path"]: row for row in rows}
    assert len(by_name) == len(rows) == found["images"] == 7
    assert by_name["firearms-m16-rifle.png"]["concept"] == "firearms"
    assert 0.5 < float(by_name["firearms-m16-rifle.png"]["threat_score"]) <= 1
    assert by_name["cut.jpg"]["reason"] == "truncated"
    assert by_name["cut.jpg"]["threat_score"] == by_name["cut.jpg"]["concept"] == ""
    assert found["rejected"] == {"not_an_image": 1, "truncated": 1}
    assert found["scored"] == sum(found["concepts"].values()) == 5
    likely = Counter(r["concept"] for r in rows if float(r["threat_score"] or 0) >= 0.5)
    assert found["min_threat"] == 0.5
    assert {name: n for name, n in found["threats"].items() if n} == likely
    assert found["calibration"].startswith("sha256:")
    assert found["quality"]["threat_images"] == 2
    assert set(found["quality"]["labels"]) == {"blades", "firearms"}


def test_scores_are_those_of_a_build(embedded: FilterSection, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    from tests.filter.rows import SAMPLE
    from vsfa_data import recipe
    from vsfa_data.pipeline import Job as Build
    from vsfa_data.pipeline import Quiet, build

    sets = ["collect.limit=6", "filter.max_control_threat=0.49", "filter.min_threat=0.5"]
    build(Build(recipe.load("quickstart", sets), tmp_path / "out", "filter", workers=0), Quiet())
    work = tmp_path / "out" / "work"
    images = pq.read_table(sorted(work.glob("collect/part-*.parquet")), columns=["source_ref"])
    scores = pq.read_table(sorted(work.glob("score/part-*.parquet")))
    expected = [str(p) for p in scores["threat_score"].to_pylist()]
    _, rows = run(Job(SAMPLE, embedded, tmp_path / "s.csv", limit=6, workers=0))
    assert [row["path"] for row in rows] == images["source_ref"].to_pylist()
    assert [row["threat_score"] for row in rows] == expected


def test_labels_of_one_kind_alone_are_told_after_the_table(
    folder: Path, embedded: FilterSection, tmp_path: Path
) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("path,label\nanimals-duck.jpg,neutral\ncut.jpg,threat\n")
    out = tmp_path / "s.csv"
    with pytest.raises(UserError, match=r"must be both threats and neutral ones; .* is written"):
        score(Job(folder, embedded, out, file, workers=0), lambda _: None, lambda: None)
    assert len(out.read_text().splitlines()) == 8
