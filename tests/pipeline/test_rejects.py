from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.workspace.made import unique
from vsfa_data import tables
from vsfa_data.errors import UserError, WorkspaceError
from vsfa_data.pipeline import rejects
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder


def shard(out: Path, stage: str, index: int, kept: int, reasons: Iterable[str]) -> None:
    rows = [
        tables.reject("collect", reason, source_ref=f"{index}/{at}")
        for at, reason in enumerate(reasons)
    ]
    table = unique(*(f"{index}-{at}" for at in range(kept)))
    output = Output(table, tables.REJECTS.build(rows), kept + len(rows))
    folder = StageFolder(out / "work" / stage)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write(index, output)


def test_counts_are_those_of_the_funnel_and_pairs_are_told_by_their_picture(
    quickstart: Path,
) -> None:
    found = rejects.read(quickstart, 2)
    assert found.notes == []
    counted: dict[str, Counter[str]] = {}
    for group, count in found.counts.items():
        counted.setdefault(group.step, Counter())[group.reason] += count
    funnel = json.loads((quickstart / "release" / "manifest.json").read_text())["funnel"]
    expected = {step: line["rejected"] for step, line in funnel.items() if line["rejected"]}
    assert counted == expected
    pairs = [row for row in found.rows if row.group.step == "ask"]
    assert len(pairs) == 2
    assert all(row.detail and str(row.source_ref).endswith((".png", ".jpg")) for row in pairs)


def test_examples_are_spread_and_a_build_under_way_is_told(tmp_path: Path) -> None:
    shard(tmp_path, "collect", 0, 1, ["truncated"] * 3 + ["too_small"])
    shard(tmp_path, "collect", 1, 0, ["truncated"] * 3)
    found = rejects.read(tmp_path, 2)
    assert [(group.reason, n) for group, n in found.counts.items()] == [
        ("truncated", 6),
        ("too_small", 1),
    ]
    assert [row.source_ref for row in found.rows] == ["0/0", "1/0", "0/3"]
    assert found.notes == ["collect has not ended: counted is what it has so far"]
    only = rejects.read(tmp_path, 9, reason="too_small", stage="collect")
    assert [row.source_ref for row in only.rows] == ["0/3"]
    assert rejects.read(tmp_path, 9, stage="filter").counts == {}
    assert rejects.read(tmp_path, 0).rows == []


def test_a_stage_of_an_earlier_build_is_told(tmp_path: Path) -> None:
    shard(tmp_path, "collect", 0, 2, ())
    shard(tmp_path, "dedupe", 0, 2, ["duplicate"])
    for stage in ("collect", "dedupe"):
        StageFolder(tmp_path / "work" / stage).finish(1)
    assert rejects.read(tmp_path, 1).notes == ["dedupe and what follows are of an earlier build"]


def test_a_stage_that_begins_anew_meanwhile_is_told_and_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(2):
        shard(tmp_path, "collect", index, 1, ["truncated"])
    (tmp_path / "work" / "collect" / "part-copy.parquet").touch()
    read_shard, folder = rejects.read_shard, StageFolder(tmp_path / "work" / "collect")

    def anew(path: Path) -> pa.Table:
        if path == folder.rejects(1):
            folder.drop(1)
        return read_shard(path)

    monkeypatch.setattr(rejects, "read_shard", anew)
    found = rejects.read(tmp_path, 2)
    assert (found.counts, found.rows) == ({}, [])
    assert found.notes == ["collect has just begun anew: nothing of it is counted"]
    folder.rejects(0).write_bytes(b"damaged")
    with pytest.raises(WorkspaceError, match="is damaged"):
        rejects.read(tmp_path, 2)


def test_what_there_is_none_of_is_refused_with_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "out" / "work").mkdir(parents=True)
    with pytest.raises(UserError, match=rf"holds no build: .* Or is it {tmp_path / 'out'}\?"):
        rejects.read(tmp_path / "uot", 1)
    with pytest.raises(UserError, match="--stage cat is none of collect, dedupe, filter, score"):
        rejects.read(tmp_path / "out", 1, stage="cat")
    with pytest.raises(UserError, match=r"--reason cat is none of the codes in docs/tables\.md"):
        rejects.read(tmp_path / "out", 1, reason="cat")
    with pytest.raises(UserError, match=r"shown\. Did you mean 'look_alike'\?$"):
        rejects.read(tmp_path / "out", 1, reason="look_alikes")
