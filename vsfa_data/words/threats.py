"""Words and phrases that name threats: for titles that confirm them, for wordings that may not."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from vsfa_data.words.phrases import Checker, Lexicon

LEXICON: Final = Path(__file__).with_name("threats.yaml")


@cache
def default() -> Checker:
    """The checker of `threats.yaml`."""
    return checker(Lexicon.load(LEXICON))


def checker(lists: Lexicon) -> Checker:
    """Finds the terms of `lists`, and their plurals in -s and -es."""
    terms = {
        topic: tuple(dict.fromkeys(form for term in listed for form in _forms(term)))
        for topic, listed in lists.terms.items()
    }
    return Checker(lists.model_copy(update={"terms": terms}))


def identity() -> str:
    """Version and sha256 (hex) of the word lists."""
    data = LEXICON.read_bytes()
    return f"{Lexicon.load(LEXICON).version} sha256:{hashlib.sha256(data).hexdigest()}"


def _forms(term: str) -> tuple[str, str, str]:
    """The term and its plurals; one that is no English harms nothing."""
    return term, f"{term}s", f"{term}es"
