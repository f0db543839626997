"""Verdicts on disk: what was read once is not read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.ask import meaning
from vsfa_data.ask.verdicts import Verdicts


def test_verdicts_are_kept_and_a_lost_file_costs_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["Nobody but an expert ought to touch it.", "The wall behind it is white."]
    kept = Verdicts(tmp_path / "work", meaning.identities())
    monkeypatch.setattr(meaning, "_KNOWN", {})
    meaning.learn(texts, kept)
    assert kept.find([*texts, "Another."]) == {texts[0]: True, texts[1]: False}
    # With other weights nothing is known yet.
    assert Verdicts(tmp_path / "work", {"other": "weights"}).find(texts) == {}

    def never(_sentences: object) -> None:
        raise AssertionError

    read = meaning._read
    monkeypatch.setattr(meaning, "_KNOWN", {})
    monkeypatch.setattr(meaning.embedded.TextModel, "encode_together", never)
    meaning.learn(texts, kept)
    assert {texts[0]: True, texts[1]: False} == meaning._KNOWN
    monkeypatch.undo()
    for damage in (lambda: kept.path.write_bytes(b"no database"), kept.path.unlink):
        damage()
        monkeypatch.setattr(meaning, "_KNOWN", {})
        meaning.learn(texts, kept)
        assert read(texts) == meaning._KNOWN


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Verdicts(tmp_path / "file", {})
    kept.add({"The wall is white.": False, "\ud800 is half a letter.": False})
    assert kept.find(["The wall is white."]) == {}
