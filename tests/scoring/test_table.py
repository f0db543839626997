"""Tables that appear whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.errors import SetupError, UserError
from vsfa_data.scoring.table import writing


def write(path: Path, *rows: dict[str, object]) -> None:
    with writing(path, ("path", "score")) as one:
        for row in rows:
            one(row)


def test_rows_with_commas_quotes_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "new" / "t.csv"
    write(path, {"path": 'a,"b"', "score": 0.5}, {"path": "c\nd"})
    assert path.read_text() == 'path,score\n"a,""b""",0.5\n"c\nd",\n'
    write(path, {"path": "again"})
    assert path.read_text() == "path,score\nagain,\n"
    assert list(path.parent.iterdir()) == [path]


def test_what_fails_leaves_nothing_and_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, {"path": "old"})
    with pytest.raises(ValueError, match="fields not in fieldnames"):
        write(path, {"path": "new"}, {"other": 1})
    assert path.read_text() == "path,score\nold,\n"
    assert list(tmp_path.iterdir()) == [path]


def test_other_files_are_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("years of work\n")
    with pytest.raises(UserError, match="exists and is no table of this kind"):
        write(path)
    assert path.read_text() == "years of work\n"
    (tmp_path / "photo").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(UserError, match="is no table of this kind"):
        write(tmp_path / "photo")
    with pytest.raises(UserError, match="is a folder"):
        write(tmp_path)
    with pytest.raises(SetupError, match="cannot be written"):
        write(path / "below.csv")
