from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.filter import models
from tests.pipeline.building import fingerprint, run, statuses
from vsfa_data import recipe as recipes
from vsfa_data.errors import UserError
from vsfa_data.pipeline import Job, Quiet, build
from vsfa_data.release.verify import verify


def test_the_fingerprint_depends_on_neither_workers_nor_shards(
    quickstart: Path, tmp_path: Path
) -> None:
    built = build(Job(recipes.load("quickstart"), tmp_path, workers=0, shard_size=13), Quiet())
    made = json.loads((quickstart / "release" / "manifest.json").read_text())
    assert fingerprint(built) == made["fingerprint"]
    assert built.funnel == made["funnel"]


def test_a_step_can_be_the_last(tmp_path: Path) -> None:
    built = run(tmp_path, until="filter")
    assert list(built.funnel) == ["collect", "filter"]
    assert built.released is None
    assert not (tmp_path / "release").exists()
    assert set(statuses(run(tmp_path, until="caption")).items()) >= {
        ("score", "reused"),
        ("caption", "computed"),
    }


def test_two_identical_files_are_one_image_all_the_way(tmp_path: Path, sample_copy: Path) -> None:
    source = (f"collect.sources.0.path={sample_copy}", "collect.sources.0.sidecar=null")
    source = (*source, "collect.keep_unlicensed=true")
    alone = run(tmp_path / "alone", *source)
    for picture in list(sample_copy.iterdir()):
        # Named so that the copy stands beside its original, in the same shard.
        copy = picture.with_name(f"{picture.stem}-copy{picture.suffix}")
        copy.write_bytes(picture.read_bytes())
    both = run(tmp_path / "both", *source)
    assert both.funnel["collect"]["in"] == 2 * alone.funnel["collect"]["in"]
    assert both.funnel["collect"]["rejected"] == {"duplicate": alone.funnel["collect"]["in"]}
    for step in ("filter", "caption", "ask", "release"):
        assert both.funnel[step] == alone.funnel[step]
    assert verify(tmp_path / "both").problems == ()


def test_another_encoder_without_a_calibration(tmp_path: Path) -> None:
    folder = models.open_clip_folder(tmp_path / "clip")
    sets = (f"filter.model=local-dir:{folder}", "filter.encoder=open_clip", "filter.device=cpu")
    with pytest.raises(UserError, match="'open_clip' has no calibration for concept set 'default'"):
        run(tmp_path / "refused", *sets, limit=8)
    # Random weights say nothing of a picture: all of them are taken.
    every = ("filter.min_margin=-1.9", "filter.max_control_margin=-2", "filter.control=none")
    out, sets = tmp_path / "out", (*sets, "filter.uncalibrated=true", *every)
    built = run(out, *sets, limit=12)
    assert built.released is not None
    assert not verify(out).problems
    for file in (out / "release").glob("*/*.parquet"):
        assert set(pq.read_table(file)["threat_score"].to_pylist()) <= {None}
    card = (out / "release" / "README.md").read_text()
    assert "`threat_score` is null" in card
    assert str(tmp_path) not in card
    again = run(tmp_path / "again", *sets, limit=12, shard_size=5)
    assert fingerprint(again) == fingerprint(built)
