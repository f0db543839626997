"""Finds words that judge a picture instead of describing it.

Questions and answers must name what is there and nothing else: no word of safety, danger, harm,
law, morals, advice or refusal. Names of things are no judgement: "a rifle" passes. The words
stand in `lexicon.yaml`. This is a check of words, not of meaning: it is strict, it misreads a
few harmless sentences ("a safe" in a bank), and it cannot see a judgement in plain words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field

from vsfa_data.sections import Section

LEXICON: Final = Path(__file__).with_name("lexicon.yaml")
MOST_KNOWN: Final = 32_768
"""Texts whose result is remembered, at most."""

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'"))
_IGNORED: Final = frozenset({"Mn", "Cf"})

Phrases = dict[str, list[tuple[tuple[str, ...], bool]]]


class Lexicon(Section):
    """The word lists of `lexicon.yaml`."""

    version: str
    """Raised whenever a list changes."""
    terms: dict[str, tuple[str, ...]] = Field(min_length=1)
    """Topic -> words and phrases that are not neutral, every form listed."""
    allowed: tuple[str, ...] = ()
    """Names of things that contain such a word; their plurals in -s are allowed too."""


class Checker:
    """Looks for the terms of a lexicon, as whole words, whatever their case or accents."""

    def __init__(self, lexicon: Lexicon) -> None:
        terms = [term for topic in lexicon.terms.values() for term in topic]
        plurals = [f"{phrase}s" for phrase in lexicon.allowed]
        self._phrases = _by_first_word([*lexicon.allowed, *plurals], terms)
        # The same questions and short answers come with picture after picture.
        self._known = lru_cache(maxsize=MOST_KNOWN)(self._search)

    def first_term(self, text: str) -> str | None:
        """The first term in `text`, normalised ("dangerous", "be careful"), or None."""
        return self._known(text)

    def _search(self, text: str) -> str | None:
        words = _words(text)
        at = 0
        while at < len(words):
            step = 1
            for phrase, allowed in self._phrases.get(words[at], ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    if not allowed:
                        return " ".join(phrase)
                    step = len(phrase)
                    break
            at += step
        return None


@cache
def default() -> Checker:
    """The checker of `lexicon.yaml`."""
    return Checker(Lexicon.model_validate(yaml.safe_load(LEXICON.read_text(encoding="utf-8"))))


def _by_first_word(allowed: Iterable[str], terms: Iterable[str]) -> Phrases:
    """First word -> the phrases that begin with it, longest first, allowed before terms."""
    phrases: Phrases = {}
    for given, is_allowed in ((allowed, True), (terms, False)):
        for text in given:
            words = tuple(_words(text))
            phrases.setdefault(words[0], []).append((words, is_allowed))
    for listed in phrases.values():
        listed.sort(key=lambda entry: (-len(entry[0]), not entry[1], entry[0]))
    return phrases


def _words(text: str) -> Sequence[str]:
    """Words of `text`, casefolded, without accents, invisible characters and possessive 's."""
    text = text.translate(_APOSTROPHES)
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if unicodedata.category(c) not in _IGNORED)
    return [word.removesuffix("'s") for word in _WORD.findall(text.casefold())]
