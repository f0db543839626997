from __future__ import annotations

import json
import os
import pwd
import resource
import signal
from hashlib import sha256
from pathlib import Path

import pytest

from vsfa_data.files import checksums
from vsfa_data.filter import text_cache


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []
    compute = checksums._sha256

    def spy(path: Path) -> str:
        read.append(path.name)
        return compute(path)

    monkeypatch.setattr(checksums, "_sha256", spy)
    return read


def test_large_files_are_read_once_and_small_ones_each_time(
    tmp_path: Path, reads: list[str]
) -> None:
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(b"x" * (checksums.SMALL + 1))
    small.write_bytes(b"y")
    expected = {path: sha256(path.read_bytes()).hexdigest() for path in (large, small)}
    assert checksums.of_files([large, small]) == expected
    assert checksums.of_files([large, small]) == expected
    assert sorted(reads) == ["large", "small", "small"]


def test_a_changed_file_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"x" * (checksums.SMALL + 1))
    first = checksums.of_files([file])
    file.write_bytes(b"z" * (checksums.SMALL + 1))
    os.utime(file, ns=(1, 1))
    assert checksums.of_files([file]) != first
    assert len(reads) == 2


def test_a_damaged_or_refused_cache_costs_time_only(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"x" * (checksums.SMALL + 1))
    first = checksums.of_files([file])
    note = cache / "vsfa-data" / "sha256.json"
    (mark,) = json.loads(note.read_bytes())
    for damaged in ("[", "[]", json.dumps({mark: 7}), json.dumps({mark: "x" * 64}), "[" * 99_999):
        note.write_text(damaged)
        assert checksums.of_files([file]) == first
    (cache / "vsfa-data" / "sha256.json").unlink()
    (cache / "vsfa-data").rmdir()
    (cache / "vsfa-data").write_text("a file where the folder should be")
    assert checksums.of_files([file]) == first


def test_without_the_variable_it_lies_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert checksums.cache_folder() == Path.home() / ".cache" / "vsfa-data"


def test_a_full_disk_under_the_cache_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"x" * (checksums.SMALL + 1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        found = checksums.of_files([file])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert found == {file: sha256(file.read_bytes()).hexdigest()}


def test_a_user_without_a_home_has_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    file = tmp_path / "weights"
    file.write_bytes(b"x" * (checksums.SMALL + 1))
    assert checksums.of_files([file]) == {file: sha256(file.read_bytes()).hexdigest()}
    assert not text_cache.folder().exists()
