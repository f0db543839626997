from __future__ import annotations

import os
from pathlib import Path

import pytest

from vsfa_data.collect import reading
from vsfa_data.collect.rejected import Rejected


def rejected(path: Path, max_bytes: int = 100) -> tuple[str, str | None]:
    with pytest.raises(Rejected) as caught:
        reading.read(os.fsencode(path), max_bytes)
    return caught.value.reason, caught.value.detail


def test_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 100)
    assert reading.read(os.fsencode(file), 100) == b"x" * 100
    assert rejected(file, 99) == ("too_many_bytes", "100 bytes, at most 99")


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert reading.read(os.fsencode(tmp_path / "a"), 100) == b""


def test_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 40)
    detail = "1099511627776 bytes, at most 100"
    assert rejected(tmp_path / "a") == ("too_many_bytes", detail)


def test_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 100)
    before = file.stat()
    file.write_bytes(b"x" * 5_000)
    monkeypatch.setattr(os, "fstat", lambda _descriptor: before)
    assert rejected(file) == ("too_many_bytes", "101 bytes, at most 100")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"outside")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    loops = os.strerror(40)
    assert rejected(tmp_path / "gone") == ("unreadable", "No such file or directory")
    assert rejected(tmp_path / "link") == ("unreadable", loops)
    assert rejected(tmp_path / "dangling") == ("unreadable", loops)
    assert rejected(tmp_path / "pipe") == ("unreadable", "not a regular file")
    assert rejected(tmp_path) == ("unreadable", "not a regular file")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_any_name_is_read(tmp_path: Path) -> None:
    for name in (b"a b", b"new\nline", b'quo"te', "bär".encode(), b"\xff\xfe", b"back\\slash"):
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(name)
        assert reading.read(os.fsencode(path), 100) == name


def test_bytes_at_hand_are_checked_alike() -> None:
    assert reading.check(b"abc", 3) == b"abc"
    with pytest.raises(Rejected, match="too_many_bytes: 3 bytes, at most 2"):
        reading.check(b"abc", 2)
