"""Regular forms of words, and phrases."""

from __future__ import annotations

import pytest

from vsfa_data.ask.word_forms import Known, parts

KNOWN = Known(
    ("colour", "berry", "leaf", "shine", "stop", "big", "take up", "in front"), ("x-ray",)
)


@pytest.mark.parametrize("word", ["colours", "berries", "shining", "stopped", "bigger", "coloured"])
def test_regular_forms_are_known(word: str) -> None:
    assert word in KNOWN


@pytest.mark.parametrize("word", ["col", "ring", "s", "takes", "stoop"])
def test_other_words_are_not(word: str) -> None:
    assert word not in KNOWN


def test_phrases_in_any_form_of_their_first_word() -> None:
    words = parts("What takes up most, in the lamp's front?")
    assert words == ["what", "takes", "up", "most", "in", "the", "lamp", "front"]
    assert KNOWN.phrase_at(words, 1) == 2
    assert KNOWN.phrase_at(words, 4) == 0
    assert KNOWN.has_any("It is in front.")
    assert KNOWN.has_any("An x-ray?")
    assert not KNOWN.has_any("Front, in.")
