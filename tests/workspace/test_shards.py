from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.workspace.made import rejects, unique
from vsfa_data import tables
from vsfa_data.errors import CountError, SetupError, WorkspaceError
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder


def test_a_shard_is_written_once_and_never_again(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({"a": 1})
    folder.write(0, Output(unique("x", "y"), rejects("duplicate"), 3))
    before = folder.rows(0).read_bytes()
    folder.write(0, Output(unique("z"), rejects(), 1))
    assert folder.rows(0).read_bytes() == before
    assert sorted(p.name for p in folder.path.iterdir()) == [
        "key.json",
        "part-00000.parquet",
        "rejects-00000.parquet",
    ]


def test_rows_that_do_not_add_up_fail_the_build_and_leave_no_shard(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    with pytest.raises(CountError, match="dedupe, shard 0: 4 went in, but 2 were kept and 1 rej"):
        folder.write(0, Output(unique("x", "y"), rejects("duplicate"), 4))
    assert not folder.has(0)


def test_counts_are_read_from_the_data_files(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    folder.write(0, Output(unique("x"), rejects("duplicate", "duplicate", "too_small"), 4))
    folder.write(1, Output(unique("y", "z"), rejects(), 2))
    counts = folder.counts(range(2))
    assert (counts.counted, counts.kept) == (6, 3)
    assert counts.rejected == {"duplicate": 2, "too_small": 1}


def test_the_first_rejects_are_named_across_shards(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "collect")
    folder.prepare({})
    for index, names in enumerate((["a.png"], ["b.png", "c.png"])):
        lost = [tables.reject("collect", "truncated", source_ref=name) for name in names]
        output = Output(unique("x"), tables.REJECTS.build(lost), 1 + len(lost))
        folder.write(index, output)
    named = [("a.png", "truncated"), ("b.png", "truncated"), ("c.png", "truncated")]
    assert folder.first_rejects(range(2), 5) == named
    assert folder.first_rejects(range(2), 2) == named[:2]
    assert folder.first_rejects(range(2), 0) == []


def test_shards_are_written_at_a_time_and_told_in_their_order(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    sizes = [n % 3 for n in range(20)]
    outputs = [Output(unique(*"ab"[:n]), rejects("duplicate"), n + 1) for n in sizes]
    assert list(folder.write_all(enumerate(outputs))) == [n + 1 for n in sizes]
    assert [folder.counts([n]).kept for n in range(20)] == sizes
    with pytest.raises(CountError, match="dedupe, shard 21"):
        list(folder.write_all([(20, outputs[0]), (21, Output(unique(), rejects(), 1))]))


def test_a_shard_that_cannot_be_written_leaves_neither_of_its_files(tmp_path: Path) -> None:
    """Rows alone would count as finished once the rejects of another run came to lie there."""
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    many = Output(unique(*map(str, range(5000))), rejects(), 5000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(SetupError, match=r"no space left while writing .*-00000"):
            folder.write(0, many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in folder.path.iterdir()] == ["key.json"]


def test_a_damaged_shard_is_told_with_what_to_do(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "score")
    folder.prepare({})
    folder.write(0, Output(unique("x"), rejects(), 1))
    folder.rows(0).write_bytes(b"PAR1 and no more")
    with pytest.raises(WorkspaceError, match=r"holds a damaged shard .* Delete that folder"):
        folder.counts(range(1))


def test_a_shard_that_lost_its_rejects_is_made_again(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    folder.write(0, Output(unique("x"), rejects("duplicate"), 2))
    folder.finish(1)
    assert folder.finished() == 1
    folder.rejects(0).unlink()
    assert folder.finished() is None
    folder.write(0, Output(unique("x"), rejects("duplicate"), 2))
    assert folder.counts(range(1)).rejected == {"duplicate": 1}
