from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vsfa_data.collect import tombstones
from vsfa_data.release.verify import verify


def vsfa(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vsfa_data", *arguments], capture_output=True, text=True
    )


@pytest.fixture
def collected(sample_copy: Path, tmp_path: Path) -> list[str]:
    """Options of a collect that has been run."""
    options = ["--out", str(tmp_path / "out"), "--set", f"collect.sources.0.path={sample_copy}"]
    options += ["--set", "collect.sources.0.sidecar=null", "--set", "collect.keep_unlicensed=true"]
    done = vsfa("collect", *options, "--workers", "1", "--quiet")
    assert done.returncode == 0, done.stderr
    return options


def test_forgotten_by_name_and_gone_with_the_next_run(
    collected: list[str], sample_copy: Path, tmp_path: Path
) -> None:
    name = min(path.name for path in sample_copy.iterdir())
    done = vsfa("collect", *collected, "--forget", name, "--reason", "asked\nby its author")
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.splitlines()
    assert first == f"{name}: 1 collected image"
    assert second.startswith(f"1 added to {tmp_path}/out/tombstones.csv. What is listed goes with")
    [row] = tombstones.read(tmp_path / "out" / "tombstones.csv")
    assert row["source_ref"] == name
    assert len(row["image_id"]) == 64
    assert row["reason"] == "asked by its author"
    assert dt.date.fromisoformat(row["date"])
    again = vsfa("collect", *collected, "--json", "--workers", "0")
    assert json.loads(again.stdout)["funnel"]["collect"]["rejected"] == {"tombstoned": 1}
    told = vsfa("collect", *collected, "--forget", name, "--forget", row["image_id"])
    first, second, _ = told.stderr.splitlines()
    assert first == f"{name}: is listed already"
    assert second == f"{row['image_id']}: is listed already"


def test_what_is_not_there_is_said_and_listed(collected: list[str], tmp_path: Path) -> None:
    done = vsfa("collect", *collected, "--forget", "nobody.png", "--json")
    said = json.loads(done.stdout)
    assert said["collected"] == {"nobody.png": 0}
    assert [row["source_ref"] for row in said["added"]] == ["nobody.png"]
    assert Path(said["file"]) == tmp_path / "out" / "tombstones.csv"


@pytest.mark.parametrize(
    "arguments",
    [
        ["collect", "--reason", "x"],
        ["build", "--forget", "x"],
        ["collect", "--forget", " "],
    ],
)
def test_mistakes(arguments: list[str], tmp_path: Path) -> None:
    done = vsfa(*arguments, "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "--forget" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_release_without_it(quickstart: Path, tmp_path: Path) -> None:
    """The funnel, the manifest and the files agree after an image is gone."""
    out = tmp_path / "out"
    shutil.copytree(quickstart, out)
    published = [pq.read_table(path) for path in (out / "release").rglob("*.parquet")]
    names = [table["image_id"] for table in published if "image_id" in table.schema.names]
    gone = names[0][0].as_py()
    assert vsfa("collect", "--forget", gone, "--out", str(out)).returncode == 0
    done = vsfa("build", "--out", str(out), "--json", "--workers", "2")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["funnel"]["collect"]["rejected"]["tombstoned"] == 1
    assert {name: stage["status"] for name, stage in said["stages"].items()} == dict.fromkeys(
        ("collect", "dedupe", "score", "select", "caption", "ground", "ask", "balance", "release"),
        "recomputed",
    )
    assert verify(out).problems == ()
    for path in (out / "release").rglob("*"):
        assert not path.is_file() or gone.encode() not in path.read_bytes(), path
    manifest = json.loads((out / "release" / "manifest.json").read_bytes())
    assert manifest["funnel"]["collect"]["rejected"]["tombstoned"] == 1
    assert "tombstoned" in (out / "release" / "README.md").read_text()
