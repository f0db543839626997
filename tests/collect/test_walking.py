from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from vsfa_data.collect import walking


def test_hidden_folders_and_links_are_not_looked_into(tmp_path: Path) -> None:
    for name in ("a/b.png", ".git/c.png", "a/.d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "z").symlink_to(tmp_path, target_is_directory=True)
    found = dict(walking.walk(os.fsencode(tmp_path)))
    assert list(found) == [b".git", b"a/.d", b"a/b.png", b"z"]
    assert [walking.is_hidden(entry) for entry in found.values()] == [True, True, False, False]
    assert walking.what(found[b"a/b.png"]) is None
    assert walking.what(found[b"z"]) == "a symbolic link"


class Listed:
    """An entry whose file may be gone."""

    def __init__(self, *status: int) -> None:
        self.status = status

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        assert not follow_symlinks
        if not self.status:
            raise FileNotFoundError
        size, mode, mtime, ctime = self.status
        times = {"st_mtime_ns": mtime, "st_ctime_ns": ctime}
        return os.stat_result((mode, 0, 0, 1, 0, 0, size, 0, 0, 0), times)


@pytest.mark.parametrize(
    ("status", "state"),
    [((1, 2, 3, 4), b"1:2:3:4"), ((), b"unreadable")],
)
def test_state_of_a_file(status: tuple[int, ...], state: bytes) -> None:
    assert walking.state(cast("Any", Listed(*status))) == state
