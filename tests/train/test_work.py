from __future__ import annotations

from pathlib import Path

import pytest

from tests.train.watching import Remembering
from vsfa_data.errors import UserError
from vsfa_data.train.experiment import experiment
from vsfa_data.train.folder import RunFolder
from vsfa_data.train.settings import Settings
from vsfa_data.train.work import clear, require_own


def test_the_work_of_a_build_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "quickstart"
    replies = out / "work" / "replies" / "replies.sqlite"
    replies.parent.mkdir(parents=True)
    replies.write_bytes(b"what a captioner was paid for")
    message = r"keeps work/replies there, and it stays. Choose another folder with --out$"
    with pytest.raises(UserError, match=message), RunFolder(out):
        pytest.fail("it began")
    with pytest.raises(UserError, match=message):
        # Before anything is trained or read.
        experiment(_settings(tmp_path), out, ["threat", "control"], [0], Remembering())
    assert [path for path in out.rglob("*") if path.is_file()] == [replies]


def _settings(tmp_path: Path) -> Settings:
    return Settings(dataset=str(tmp_path / "none"), model="none")


def test_only_what_is_its_own_is_cleared(tmp_path: Path) -> None:
    work = tmp_path / "out" / "work"
    (work / "data").mkdir(parents=True)
    (work / "data" / "train.arrow").touch()
    for name in (".lock", "settings.json", "notes.txt"):
        (work / name).touch()
    own = {"data", "settings.json"}
    with pytest.raises(UserError, match=r"keeps work/notes.txt there"):
        require_own(work, own)
    clear(work, own)
    assert [path.name for path in work.iterdir()] == ["notes.txt"]
    (work / "notes.txt").unlink()
    clear(work, own)
    assert list(tmp_path.iterdir()) == []
