"""The cache of text vectors never gets in the way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vsfa_data.filter import text_cache


class Counting:
    """Encodes a text as a unit vector by its length, and counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        return np.stack([np.eye(8, dtype=np.float32)[len(text)] for text in texts])


def test_vectors_are_computed_once(cache: Path) -> None:
    encode = Counting()
    first = text_cache.vectors("model 1", ["a", "bb"], encode)
    again = text_cache.vectors("model 1", ["a", "bb"], encode)
    assert encode.calls == 1
    assert np.array_equal(first, again)
    assert [file.suffix for file in cache.iterdir()] == [".npy"]


@pytest.mark.parametrize(
    ("identity", "texts"),
    [("model 2", ["a", "bb"]), ("model 1", ["bb", "a"]), ("model 1", ["a", "bb", "c"])],
)
@pytest.mark.usefixtures("cache")
def test_another_model_or_text_is_another_entry(identity: str, texts: list[str]) -> None:
    encode = Counting()
    text_cache.vectors("model 1", ["a", "bb"], encode)
    found = text_cache.vectors(identity, texts, encode)
    assert encode.calls == 2
    assert np.array_equal(found, encode(texts))


def _pickled(file: Path) -> None:
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def _other_type(file: Path) -> None:
    np.save(file, np.eye(2))


def _not_unit(file: Path) -> None:
    np.save(file, np.zeros((2, 8), np.float32))


def _too_few(file: Path) -> None:
    np.save(file, np.eye(8, dtype=np.float32)[:1])


@pytest.mark.parametrize("spoil", [_pickled, _cut, _other_type, _not_unit, _too_few])
def test_a_spoilt_entry_is_computed_again(cache: Path, spoil: object) -> None:
    encode = Counting()
    good = text_cache.vectors("model 1", ["a", "bb"], encode)
    (file,) = cache.iterdir()
    spoil(file)  # type: ignore[operator]
    assert np.array_equal(text_cache.vectors("model 1", ["a", "bb"], encode), good)
    assert encode.calls == 2
    text_cache.vectors("model 1", ["a", "bb"], encode)
    assert encode.calls == 2  # it was mended


def test_a_folder_that_cannot_be_made_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    encode = Counting()
    assert len(text_cache.vectors("model 1", ["a"], encode)) == 1
    assert len(text_cache.vectors("model 1", ["a"], encode)) == 1
    assert encode.calls == 2


def test_nothing_is_left_when_writing_fails(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(np, "save", full)
    assert len(text_cache.vectors("model 1", ["a"], Counting())) == 1
    assert list(cache.iterdir()) == []


def test_the_folder_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert text_cache.folder() == Path.home() / ".cache" / "vsfa-data" / "texts"
