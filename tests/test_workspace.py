from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data import tables
from vsfa_data.errors import CountError, SetupError, UserError, WorkspaceError
from vsfa_data.stages import Output, Shard
from vsfa_data.workspace import (
    StageFolder,
    Workspace,
    differences,
    write_atomically,
)


def unique(*ids: str) -> pa.Table:
    return tables.UNIQUE.build({"image_id": i, "position": n} for n, i in enumerate(ids))


def rejects(*reasons: str) -> pa.Table:
    return tables.REJECTS.build(tables.reject("collect", reason) for reason in reasons)


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


def test_another_key_drops_the_shards_and_says_what_changed(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "score")
    assert folder.prepare({"filter": {"encoder": "embedded"}}).status == "computed"
    folder.write(0, Output(unique("x"), rejects(), 1))
    assert folder.prepare({"filter": {"encoder": "embedded"}}).status == "resumed"
    folder.finish(1)
    assert folder.prepare({"filter": {"encoder": "embedded"}}).status == "reused"
    found = folder.prepare({"filter": {"encoder": "open_clip"}})
    assert found.status == "recomputed"
    assert found.why == ('filter.encoder: "embedded" -> "open_clip"',)
    assert not folder.has(0)
    assert folder.finished() is None


def test_shards_without_a_key_are_never_trusted(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "score")
    folder.prepare({"a": 1})
    folder.write(0, Output(unique("x"), rejects(), 1))
    (folder.path / "key.json").unlink()
    folder.prepare({"a": 1})
    assert not folder.has(0)


FALSE_NOTES = [b'{"shards": "many"}', b'{"shards": 2}', b'{"shards": 0}', b'{"shards": -1}']


@pytest.mark.parametrize("content", [b"", b"{", b"[]", *FALSE_NOTES])
def test_a_broken_or_false_note_of_completion_is_not_believed(
    tmp_path: Path, content: bytes
) -> None:
    folder = StageFolder(tmp_path / "score")
    folder.prepare({})
    folder.write(0, Output(unique("x"), rejects(), 1))
    (folder.path / "done.json").write_bytes(content)
    assert folder.finished() is None


def test_differences_name_each_value() -> None:
    old = {"collect": {"sources": [{"path": "a"}], "min_side_px": 64}, "seed": 0}
    new = {"collect": {"sources": [{"path": "b"}], "min_side_px": 64}, "limit": 3}
    assert list(differences(old, new)) == [
        'collect.sources.0.path: "a" -> "b"',
        "limit: not set -> 3",
        "seed: 0 -> not set",
    ]


def test_a_failed_write_leaves_the_old_content_and_no_temporary_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(SetupError, match=r"no space left while writing .*file"):
            write_atomically(target, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


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


def test_a_place_that_cannot_be_a_folder_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / "work" / ".lock").mkdir(parents=True)
    for out in (tmp_path / "file" / "out", tmp_path / "taken"):
        with (
            pytest.raises(SetupError, match="Choose a folder that you may write to with --out"),
            Workspace(out),
        ):
            pass


HOLDER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from vsfa_data.workspace import Workspace
    with Workspace(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
    """
)


def test_a_second_build_is_refused_with_the_holders_name(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(WorkspaceError, match=f"is in use by process {holder.pid} on "),
            Workspace(tmp_path),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        # The lock dies with its holder: nobody has to delete anything by hand.
        with Workspace(tmp_path) as workspace:
            noted = json.loads((workspace.work / ".holder.json").read_text())
            assert noted["pid"] == os.getpid()
    assert not (tmp_path / "work" / ".holder.json").exists()


def test_what_fails_leaves_no_bare_folder_and_all_that_is_finished(tmp_path: Path) -> None:
    def work_in(out: Path, *made: str) -> None:
        with Workspace(out) as workspace:
            workspace.stage("collect").prepare({"a": 1})
            for name in made:
                (workspace.work / name).mkdir()
            raise ZeroDivisionError

    def fail_at(out: Path, *made: str) -> None:
        with pytest.raises(ZeroDivisionError):
            work_in(out, *made)

    (tmp_path / "mine").mkdir()
    fail_at(tmp_path / "mine")
    fail_at(tmp_path / "a" / "b")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]
    fail_at(tmp_path / "mine", "listed-commons-1")  # answers of a service
    fail_at(tmp_path / "mine")
    kept = {path.name for path in (tmp_path / "mine" / "work").iterdir()}
    assert kept == {".lock", "collect", "listed-commons-1"}


def test_files_of_the_users_are_never_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "work" / "collect"
    folder.mkdir(parents=True)
    (folder / "photo.png").write_bytes(b"mine")
    mine = tmp_path / "work" / "notes" / "deep" / ".tmp-mine"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with (
        Workspace(tmp_path) as workspace,
        pytest.raises(WorkspaceError, match=r"photo\.png is not of this program's making"),
    ):
        workspace.stage("collect").prepare({"a": 1})
    assert (folder / "photo.png").read_bytes() == b"mine"
    assert mine.read_bytes() == b"mine"


def test_a_link_in_the_place_of_a_stage_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "collect").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="is not of this program's making"):
        StageFolder(tmp_path / "work" / "collect").prepare({})


def test_a_damaged_shard_is_told_with_what_to_do(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "score")
    folder.prepare({})
    folder.write(0, Output(unique("x"), rejects(), 1))
    folder.rows(0).write_bytes(b"PAR1 and no more")
    with pytest.raises(WorkspaceError, match=r"holds a damaged shard .* Delete that folder"):
        folder.counts(range(1))


def test_a_lost_bit_is_told_from_what_was_written(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    folder.write(0, Output(unique("x", "y"), rejects(), 2))
    shard = Shard(0, {"unique": folder.rows(0)})
    assert shard.read(tables.UNIQUE) == unique("x", "y")
    column = pq.read_metadata(folder.rows(0)).row_group(0).column(1)
    end = column.dictionary_page_offset + column.total_compressed_size
    content = bytearray(folder.rows(0).read_bytes())
    content[end - 1] ^= 1
    folder.rows(0).write_bytes(content)
    told = r"part-00000.parquet is damaged .* Delete that file"
    with pytest.raises(WorkspaceError, match=told):
        shard.read(tables.UNIQUE)


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


@pytest.mark.parametrize("out", ["~nobody-of-that-name/x", "a\x1b[31m", "x" * 5000])
def test_an_impossible_out_is_the_users_mistake(out: str) -> None:
    with pytest.raises(UserError):
        Workspace(Path(out)).__enter__()


def test_leftovers_of_a_killed_writer_are_swept(tmp_path: Path) -> None:
    left = tmp_path / "work" / "score" / ".tmp-1-part-00000.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with Workspace(tmp_path):
        assert not left.exists()
