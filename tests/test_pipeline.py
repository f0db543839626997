from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.filter import models
from vsfa_data import recipe as recipes
from vsfa_data import tables, versions
from vsfa_data.console import Quiet
from vsfa_data.errors import UserError
from vsfa_data.pipeline import STEPS, Built, Job, build
from vsfa_data.release.verify import verify
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder

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


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    out = tmp_path_factory.mktemp("small")
    return out, run(out)


@pytest.fixture
def built(small: tuple[Path, Built], tmp_path: Path) -> Path:
    """A folder of its own with the finished build of `small` in it, to be changed."""
    return Path(shutil.copytree(small[0], tmp_path / "built", copy_function=shutil.copy2))


def test_the_fingerprint_depends_on_neither_workers_nor_shards(
    quickstart: Path, tmp_path: Path
) -> None:
    built = build(Job(recipes.load("quickstart"), tmp_path, workers=0, shard_size=13), Quiet())
    made = json.loads((quickstart / "release" / "manifest.json").read_text())
    assert fingerprint(built) == made["fingerprint"]
    assert built.funnel == made["funnel"]


def test_a_step_writes_the_columns_that_the_tables_list(quickstart: Path) -> None:
    for stage in (stage for stages in STEPS.values() for stage in stages):
        shards = sorted((quickstart / "work" / stage.name).glob("part-*.parquet"))
        assert shards, stage.name
        for shard in shards:
            assert pq.read_schema(shard).names == stage.writes.names
            rejects = shard.with_name(shard.name.replace("part", "rejects"))
            assert pq.read_schema(rejects).names == tables.REJECTS.names


def test_image_bytes_are_written_once(quickstart: Path) -> None:
    for folder in (quickstart / "work").iterdir():
        if folder.name == "collect" or not folder.is_dir():
            continue
        for shard in folder.glob("*.parquet"):
            assert "image" not in pq.read_schema(shard).names


def test_the_funnel_adds_up(quickstart: Path) -> None:
    funnel = json.loads((quickstart / "release" / "manifest.json").read_text())["funnel"]
    assert list(funnel) == list(STEPS)
    for line in funnel.values():
        assert line["in"] == line["kept"] + sum(line["rejected"].values())
    images = [funnel[step] for step in ("collect", "filter", "caption", "release")]
    for before, after in itertools.pairwise(images):
        assert after["in"] == before["kept"]
    assert funnel["collect"]["in"] == 71
    assert funnel["collect"]["rejected"] == {}


def test_an_unchanged_recipe_computes_nothing_again(small: tuple[Path, Built]) -> None:
    out, first = small
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    again = run(out)
    assert statuses(again) == dict.fromkeys(STAGES, "reused")
    assert fingerprint(again) == fingerprint(first)
    assert again.funnel == first.funnel
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == before


@pytest.mark.parametrize(
    ("change", "first", "why"),
    [
        ("collect.min_side_px=65", "collect", "collect.min_side_px: 64 -> 65"),
        ("filter.min_threat=0.51", "select", "filter.min_threat: 0.5 -> 0.51"),
        ("caption.min_confidence=0.99", "caption", "caption.min_confidence: "),
        ("ask.pairs_per_image=5", "ask", "ask.pairs_per_image: 6 -> 5"),
        (
            "release.pretty_name=Mine",
            "release",
            'release.pretty_name: "VSFA quickstart" ->',
        ),
    ],
)
def test_a_change_recomputes_only_what_depends_on_it_and_says_why(
    built: Path, tmp_path: Path, change: str, first: str, why: str
) -> None:
    changed = run(built, change)
    assert statuses(changed) == computed_from(first)
    assert any(line.startswith(why) for line in changed.stages[first]["why"])
    fresh = run(tmp_path / "fresh", change)
    assert fingerprint(changed) == fingerprint(fresh)


def test_an_upgraded_library_computes_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = versions.installed
    monkeypatch.setattr(
        versions,
        "installed",
        lambda names: known(names) | ({"scipy": "99"} if "scipy" in names else {}),
    )
    again = run(built, until="filter")
    found = statuses(again)
    assert (found["collect"], found["select"]) == ("reused", "recomputed")
    assert again.stages["select"]["why"][-1] == f'with.scipy: "{known(["scipy"])["scipy"]}" -> "99"'


def test_a_changed_input_file_is_collected_again(tmp_path: Path, sample_copy: Path) -> None:
    source = [f"collect.sources.0.path={sample_copy}"]
    first = run(tmp_path / "out", *source, limit=None)
    (sample_copy / min(p.name for p in sample_copy.iterdir())).unlink()
    second = run(tmp_path / "out", *source, limit=None)
    assert statuses(second)["collect"] == "recomputed"
    assert second.stages["collect"]["why"][0].startswith("listed: ")
    # The sample's table still names it, and names those that were not copied.
    missing = {"missing_file": SAMPLE - 12 + 1}
    assert first.funnel["collect"] | {"kept": 11, "rejected": missing} == second.funnel["collect"]


def test_the_seed_changes_what_is_drawn_and_nothing_before(
    built: Path, small: tuple[Path, Built]
) -> None:
    changed = run(built, seed=1)
    assert statuses(changed) == computed_from("select")
    assert fingerprint(changed) != fingerprint(small[1])


def test_what_came_out_differently_when_made_anew_is_not_mixed_with_what_follows(
    tmp_path: Path,
) -> None:
    """As where a web server that had a picture has it no more."""
    first = run(tmp_path, until="collect")
    folder = StageFolder(tmp_path / "work" / "collect")
    rows, rejects = pq.read_table(folder.rows(0)), pq.read_table(folder.rejects(0)).to_pylist()
    gone = tables.reject("collect", "http_status", source_ref=rows["source_ref"][0].as_py())
    folder.drop(0)
    folder.write(
        0, Output(rows[1:], tables.REJECTS.build([gone, *rejects]), len(rows) + len(rejects))
    )
    again = run(tmp_path, until="collect")
    assert statuses(again) == {"collect": "reused", "dedupe": "recomputed"}
    assert again.funnel["collect"]["kept"] == first.funnel["collect"]["kept"] - 1
    assert statuses(run(tmp_path, until="collect")) == {"collect": "reused", "dedupe": "reused"}


def test_a_step_can_be_the_last(tmp_path: Path) -> None:
    built = run(tmp_path, until="filter")
    assert list(built.funnel) == ["collect", "filter"]
    assert built.released is None
    assert not (tmp_path / "release").exists()
    assert set(statuses(run(tmp_path, until="caption")).items()) >= {
        ("score", "reused"),
        ("caption", "computed"),
    }


def test_the_limit_counts_what_is_collected(small: tuple[Path, Built]) -> None:
    assert small[1].funnel["collect"]["in"] == 24


def test_a_release_that_was_tampered_with_is_made_again(
    built: Path, small: tuple[Path, Built]
) -> None:
    card = built / "release" / "README.md"
    card.write_text("nothing", encoding="utf-8")
    again = run(built)
    assert statuses(again) == {**dict.fromkeys(STAGES, "reused"), "release": "resumed"}
    assert fingerprint(again) == fingerprint(small[1])
    assert verify(built).problems == ()


def test_shards_of_an_unfinished_stage_are_kept_and_the_rest_is_made(
    built: Path, small: tuple[Path, Built]
) -> None:
    folder = built / "work" / "score"
    kept = folder / "part-00000.parquet"
    before = kept.stat().st_mtime_ns
    (folder / "done.json").unlink()
    (folder / "part-00001.parquet").unlink()
    again = run(built)
    assert statuses(again)["score"] == "resumed"
    assert kept.stat().st_mtime_ns == before
    assert fingerprint(again) == fingerprint(small[1])


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


@pytest.mark.parametrize(("out", "source"), [("in/out", "in"), ("in", "in"), (".", "work/mine")])
def test_a_build_does_not_collect_its_own_files(tmp_path: Path, out: str, source: str) -> None:
    pictures = tmp_path / source
    pictures.mkdir(parents=True)
    (pictures / "a.txt").write_text("")
    sets = (f"collect.sources.0.path={pictures}", "collect.sources.0.sidecar=null")
    with pytest.raises(UserError, match=r"overlap: a build would collect its own files"):
        run(tmp_path / out, *sets)
    assert [path.name for path in pictures.iterdir()] == ["a.txt"]


def test_nothing_left_to_build_from_is_said_in_one_line_with_reasons(tmp_path: Path) -> None:
    source = tmp_path / "notes"
    source.mkdir()
    (source / "a.txt").write_text("no picture")
    (source / "b.txt").write_text("nor this")
    Image.effect_noise((99, 99), 50).save(source / "c.png")
    sets = (f"collect.sources.0.path={source}", "collect.sources.0.sidecar=null")
    found = r"^collect kept none of 3 images \(2 not_an_image, 1 license_unknown\); .*"
    with pytest.raises(UserError, match=found + r"--set collect.keep_unlicensed=true\. Each "):
        run(tmp_path / "out", *sets, "collect.sources.0.license=null")


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
