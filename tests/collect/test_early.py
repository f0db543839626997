from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.collect import early
from vsfa_data.collect.normalised import Normalised
from vsfa_data.collect.rejected import Rejected
from vsfa_data.errors import UserError

IMAGE = Normalised("ab" * 32, b"\x89PNG\0\xff", "png", 640, 480, "00ff00ff00ff00ff")


def test_what_became_of_candidates_comes_back_from_all_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    early.write(one, {7: IMAGE, 3: Rejected("truncated", "JPEG: cut")})
    early.write(two, {5: Rejected("not_an_image")})
    found = early.read([one, two])
    assert sorted(found) == [3, 5, 7]
    assert found[7] == IMAGE
    for position, (reason, detail) in {
        3: ("truncated", "JPEG: cut"),
        5: ("not_an_image", None),
    }.items():
        no = found[position]
        assert isinstance(no, Rejected)
        assert (no.reason, no.detail) == (reason, detail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_without_files_nothing_became_of_anything() -> None:
    assert early.read([]) == {}


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        early.write(tmp_path / "none" / "one", {7: IMAGE})
