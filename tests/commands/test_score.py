"""`vsfa-data score` as people call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.filter import models
from tests.filter.rows import SAMPLE
from vsfa_data.cli import app
from vsfa_data.errors import UserError

ALL = ["score", str(SAMPLE), "--workers", "0", "--limit", "4"]


def test_a_folder_and_its_labels(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    command = [sys.executable, "-m", "vsfa_data", *ALL[:-1], "20", "--out", str(out)]
    command += ["--labels", str(SAMPLE.parent / "sample.csv")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "ROC AUC" in done.stderr
    assert f"20 of 20 pictures scored: {out}" in done.stderr
    assert len(out.read_text().splitlines()) == 21


def test_without_a_calibration_it_says_so(tmp_path: Path) -> None:
    model = models.open_clip_folder(tmp_path / "clip")
    out = tmp_path / "s.csv"
    given = [*ALL, "--encoder", "open_clip", "--set", f"model=local-dir:{model}"]
    done = CliRunner().invoke(app, [*given, "--set", "device=cpu", "--out", str(out), "--json"])
    found = json.loads(done.stdout)
    assert found["calibration"] == "uncalibrated"
    assert found["scored"] == 4
    assert out.read_text().splitlines()[1].split(",")[3] == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--encoder", "clop"], "unknown encoder 'clop'. Choose one of: embedded, open_clip"),
        (["--set", "model=x"], "--encoder and --set: model: unknown key. "),
        (["--set", "model"], "--set model: write it as key.path=value"),
        (["--concepts", "nothing"], "no concept set 'nothing'"),
        (["--calibration", "/nowhere.json"], "there is no file /nowhere.json"),
    ],
)
def test_mistakes_are_told_in_one_line(given: list[str], said: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*ALL, "--out", str(tmp_path / "s.csv"), *given])
    assert isinstance(done.exception, UserError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)


def test_no_picture_is_told_at_once_and_before_a_model_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("<html>not found</html>")
    (tmp_path / "b.jpg").write_bytes((SAMPLE / "animals-duck.jpg").read_bytes())
    given = [str(tmp_path), "--out", str(tmp_path / "s.csv"), "--limit", "1"]
    command = [sys.executable, "-X", "importtime", "-m", "vsfa_data", "score", *given]
    done = subprocess.run(command, capture_output=True, text=True)
    told = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert done.returncode == 2
    assert "\n".join(told) == (
        f"error: {tmp_path} holds no picture (files looked at: 1, by --limit; formats allowed: "
        f"JPEG, PNG, GIF, WEBP, BMP, TIFF). Name a folder of pictures"
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "vsfa_data.scoring.run" in imported
    assert not imported & {"torch", "timm", "transformers", "open_clip"}
    assert not (tmp_path / "s.csv").exists()
