"""Sha256 of files, remembered."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from vsfa_data.filter import checksums


@pytest.fixture
def file(tmp_path: Path, cache: Path) -> Path:
    del cache
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    return path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_file_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checksums.sha256(file) == digest(b"one")
    with monkeypatch.context() as patched:
        patched.setattr(hashlib, "file_digest", lambda *_: pytest.fail("read again"))
        assert checksums.sha256(file) == digest(b"one")


def test_a_changed_file_is_read_again(file: Path) -> None:
    checksums.sha256(file)
    before = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert checksums.sha256(file) == digest(b"two")
    file.write_bytes(b"three")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert checksums.sha256(file) == digest(b"three")


@pytest.mark.parametrize("note", [b"", b"[]", b"{", b'{"sha256": 7}'])
def test_a_damaged_note_is_as_good_as_none(file: Path, note: bytes) -> None:
    checksums.sha256(file)
    (written,) = checksums.folder().iterdir()
    known = json.loads(written.read_bytes())
    written.write_bytes(note)
    assert checksums.sha256(file) == digest(b"one") == known["sha256"]
    written.write_text(json.dumps({**known, "sha256": "x" * 64}))
    assert checksums.sha256(file) == digest(b"one")


def test_a_cache_that_cannot_be_written_is_no_matter(file: Path) -> None:
    checksums.folder().parent.mkdir(parents=True)
    checksums.folder().write_text("a file where the folder should be")
    assert checksums.sha256(file) == digest(b"one")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        checksums.sha256(tmp_path / "none")
