"""Listed words and phrases are found as whole words, the longest first."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from vsfa_data.words.phrases import Checker, Lexicon


def test_longest_phrase_wins() -> None:
    lexicon = Lexicon(version="1.0.0", terms={"x": ("red", "red flag")}, allowed=("red flag day",))
    checker = Checker(lexicon)
    assert checker.first_term("a red flag") == "red flag"
    assert checker.first_term("a red flag day") is None
    assert checker.first_term("a red flag day in red") == "red"
    assert checker.first_term("a bored flagpole") is None


def test_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Lexicon.model_validate({"version": "1.0.0", "terms": {"x": ["a"]}, "odd": 1})
