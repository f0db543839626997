from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.building import run
from vsfa_data import recipe as recipes
from vsfa_data.pipeline import Job, Quiet, build


@pytest.mark.parametrize(("size", "shards"), [(None, 2), (4, 3)])
def test_the_limit_counts_what_is_collected(tmp_path: Path, size: int | None, shards: int) -> None:
    built = run(tmp_path, limit=9, until="collect", shard_size=size)
    assert built.funnel["collect"]["in"] == 9
    assert len(list((tmp_path / "work" / "collect").glob("part-*"))) == shards


def test_hidden_files_are_passed_over_aloud_and_links_are_rejected(
    tmp_path: Path, sample_copy: Path
) -> None:
    noted: list[str] = []

    class Told(Quiet):
        def noted(self, text: str) -> None:
            noted.append(text)

    (sample_copy / ".DS_Store").touch()
    (sample_copy / "link.png").symlink_to(next(sample_copy.glob("*.png")))
    options = (f"path={sample_copy}", "sidecar=null", "license=CC0-1.0")
    chosen = recipes.load("quickstart", [f"collect.sources.0.{one}" for one in options])
    built = build(Job(chosen, tmp_path / "out", until="collect", workers=0), Told())
    assert built.funnel["collect"]["rejected"] == {"not_a_file": 1}
    assert noted == ["hidden files and folders were passed over: 1"]
