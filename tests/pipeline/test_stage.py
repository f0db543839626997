from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.pipeline.building import SAMPLE, STAGES, computed_from, fingerprint, run, statuses
from vsfa_data import tables, versions
from vsfa_data.pipeline import Built
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    out = tmp_path_factory.mktemp("small")
    return out, run(out)


@pytest.fixture
def built(small: tuple[Path, Built], tmp_path: Path) -> Path:
    """A folder of its own with the finished build of `small` in it, to be changed."""
    return Path(shutil.copytree(small[0], tmp_path / "built", copy_function=shutil.copy2))


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
