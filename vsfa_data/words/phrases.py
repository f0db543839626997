"""Finds listed words and phrases in a text, whatever their case and accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import yaml
from pydantic import Field

from vsfa_data.sections import Section

MOST_KNOWN: Final = 32_768
"""Texts whose result is remembered, at most."""

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'"))
_IGNORED: Final = frozenset({"Mn", "Cf"})

Phrases = dict[str, list[tuple[tuple[str, ...], bool]]]


class Lexicon(Section):
    """Word lists, as a YAML file that ships with the toolkit has them."""

    version: str
    """Raised whenever a list changes."""
    terms: dict[str, tuple[str, ...]] = Field(min_length=1)
    """Topic -> words and phrases to find, every form listed."""
    allowed: tuple[str, ...] = ()
    """Phrases that contain such a word and are not meant; their plurals in -s are not either."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """The lists of a file of the toolkit's own."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


class Checker:
    """Looks for the terms of a lexicon, as whole words."""

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
