from __future__ import annotations

import os
from pathlib import Path

import pytest

from vsfa_data import tables
from vsfa_data.collect import spool
from vsfa_data.collect.spool import Spool
from vsfa_data.errors import SetupError
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder
from vsfa_data.workspace.stage_folder import OURS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StageFolder:
    monkeypatch.setattr(spool, "MAX_MEMORY", 10)
    return StageFolder(tmp_path)


def finish(folder: StageFolder, index: int) -> None:
    folder.write(index, Output(tables.IMAGES.empty(), tables.REJECTS.empty(), 0))


def files(folder: StageFolder) -> list[Path]:
    return sorted(path for path in folder.path.iterdir() if path.name.startswith(".tmp-"))


def test_memory_comes_first_and_then_files(folder: StageFolder) -> None:
    kept = Spool(folder)
    assert kept.put(0, 0, b"123456") == {"data": b"123456"}
    assert kept.put(0, 1, b"1234") == {"data": b"1234"}
    place = Path(os.fsdecode(kept.put(1, 2, b"x")["path"]))
    assert place.read_bytes() == b"x"
    assert files(folder) == [place]
    assert OURS.fullmatch(place.name), "the next build deletes it, should this one be killed"
    assert kept.size == 11


def test_finished_shards_make_room(folder: StageFolder) -> None:
    kept = Spool(folder)
    for index in range(4):
        kept.put(index, index, b"12345678")
    assert (kept.size, len(files(folder))) == (32, 3)
    finish(folder, 0)
    finish(folder, 2)
    kept.sweep()
    assert (kept.size, len(files(folder))) == (16, 2)
    assert kept.put(5, 5, b"12345678") == {"data": b"12345678"}
    kept.sweep()
    kept.clear()
    assert (kept.size, files(folder)) == (0, [])


def test_a_file_that_somebody_else_deleted_is_no_matter(folder: StageFolder) -> None:
    kept = Spool(folder)
    kept.put(0, 0, bytes(11))
    files(folder)[0].unlink()
    kept.clear()
    assert kept.size == 0


def test_a_full_disk_is_told_in_one_line(
    folder: StageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SetupError, match="no space left while writing"):
        Spool(folder).put(0, 0, bytes(11))


def test_what_a_finished_piece_was_made_from_goes_and_the_piece_with_its_shard(
    folder: StageFolder,
) -> None:
    kept = Spool(folder)
    kept.put(0, 0, b"12345678")
    kept.put(0, 1, b"12345678")
    first = kept.piece(0)
    kept.put(0, 2, b"123")
    second = kept.piece(0)
    assert first != second
    assert OURS.fullmatch(first.name), "the next build deletes it, should this one be killed"
    kept.sweep()
    assert kept.size == 19
    first.write_bytes(b"done")
    kept.sweep()
    assert kept.size == 3
    assert first in files(folder)
    second.write_bytes(b"done")
    finish(folder, 0)
    kept.sweep()
    assert (kept.size, files(folder)) == (0, [])


def test_pieces_of_unfinished_shards_are_deleted_in_the_end(folder: StageFolder) -> None:
    kept = Spool(folder)
    kept.put(0, 0, b"12345678901234")
    kept.piece(0).write_bytes(b"done")
    kept.clear()
    assert (kept.size, files(folder)) == (0, [])
