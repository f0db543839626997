"""Finds words that judge a picture instead of describing it.

Questions and answers must name what is there and nothing else: no word of safety, danger, harm,
law, morals, advice or refusal. Names of things are no judgement: "a rifle" passes. The words
stand in `lexicon.yaml`. This is a check of words, not of meaning: it is strict, it misreads a
few harmless sentences ("a safe" in a bank), and it cannot see a judgement in plain words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from vsfa_data.words.phrases import Checker, Lexicon

LEXICON: Final = Path(__file__).with_name("lexicon.yaml")


@cache
def default() -> Checker:
    """The checker of `lexicon.yaml`."""
    return Checker(Lexicon.load(LEXICON))
