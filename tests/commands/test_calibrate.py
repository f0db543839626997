"""`vsfa-data calibrate` as people call it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.filter.rows import SAMPLE
from vsfa_data.cli import app
from vsfa_data.scoring.calibrate import FEWEST

LABELS = str(SAMPLE.parent / "sample.csv")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibration") / "mine.json"


def test_the_sample_makes_a_calibration_that_score_takes(out: Path) -> None:
    given = [str(SAMPLE), "--labels", LABELS, "--workers", "0"]
    done = CliRunner().invoke(app, ["calibrate", *given, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "on held-out pictures" in done.stderr
    assert "25 threats, 46 neutral; ROC AUC 0." in done.stderr
    score = ["score", str(SAMPLE), "--workers", "0", "--limit", "2", "--json"]
    taken = [*score, "--out", str(out.with_name("s.csv")), "--calibration", str(out)]
    found = json.loads(CliRunner().invoke(app, taken).stdout)
    assert found["calibration"].startswith("sha256:")


def _of(kind: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["kind"] == kind]


def test_json_has_the_figures(tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    with Path(LABELS).open(newline="") as file, few.open("w", newline="") as kept:
        rows = list(csv.DictReader(file))
        chosen = [row for kind in ("threat", "neutral") for row in _of(kind, rows)[:FEWEST]]
        writer = csv.DictWriter(kept, ["path", "label"])
        writer.writeheader()
        writer.writerows({"path": row["file"], "label": row["kind"]} for row in chosen)
    given = [str(SAMPLE), "--labels", str(few), "--workers", "0", "--method", "margins", "--json"]
    found = json.loads(
        CliRunner().invoke(app, ["calibrate", *given, "--out", str(tmp_path / "c.json")]).stdout
    )
    assert found["method"] == "margins"
    assert found["left_out"] == {}
    assert set(found["quality"]) == {
        *("folds", "auc", "average_precision", "precision_at", "ece", "ece_unweighted", "labels"),
        "reliability",
    }
