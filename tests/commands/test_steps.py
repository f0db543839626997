from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.program import one_line, vsfa

SAMPLE_LINES = 3


def test_a_build_ends_with_the_funnel_the_release_and_how_to_load_it(quickstart: Path) -> None:
    said = (quickstart / "stdout.txt").read_text(encoding="utf-8")  # `build > log` has it
    assert re.search(r"images collected +│ +71 │", said)
    for row in (
        "images scored",
        "images selected",
        "images captioned",
        "pairs asked",
        "pairs kept",
    ):
        assert re.search(rf"{row} +│ +\d+ │", said), row
    release = str((quickstart / "release").resolve())
    assert f"  {release}\n" in said
    lines = said.split("load it with:\n")[1].splitlines()
    assert len(lines) == SAMPLE_LINES
    env = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    env["HF_HOME"] = str(quickstart.parent / "hf")
    loaded = subprocess.run(
        [sys.executable, "-c", "\n".join(line.strip() for line in lines)],
        capture_output=True,
        text=True,
        env=env,
        cwd=quickstart.parent,
    )
    assert loaded.returncode == 0, loaded.stderr
    assert "'role': 'user'" in loaded.stdout


@pytest.fixture
def own(quickstart: Path, tmp_path: Path) -> Path:
    """That build for a test alone, which may go on with it."""
    return Path(shutil.copytree(quickstart, tmp_path / "own"))


def test_json_is_one_object_with_the_manifests_funnel(own: Path) -> None:
    done = vsfa("build", "--out", str(own), "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    told = json.loads(done.stdout)
    manifest = json.loads((own / "release" / "manifest.json").read_text())
    assert told["funnel"] == manifest["funnel"]
    assert told["fingerprint"] == manifest["fingerprint"]
    assert {stage["status"] for stage in told["stages"].values()} == {"reused"}


def test_quiet_says_nothing(own: Path) -> None:
    done = vsfa("build", "--out", str(own), "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failed_build_says_whose_release_is_left(quickstart: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    subprocess.run(["cp", "-r", str(quickstart), str(out)], check=True)
    message = one_line(vsfa("build", "--out", str(out), "-q", "--set", "filter.min_threat=0.9999"))
    assert message.startswith("no image reaches")
    assert message.endswith(f"What lies in {out}/release is an earlier build's")
