"""Words in their regular English forms, found in lists that have the plain ones alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

TOKEN: Final = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z]+)*")
_ENDINGS: Final = (
    *(("ies", "y"), ("ied", "y"), ("ier", "y"), ("iest", "y"), ("ily", "y"), ("ves", "f")),
    *(("es", ""), ("es", "e"), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e")),
    *(("er", ""), ("er", "e"), ("est", ""), ("est", "e"), ("ly", "")),
)


class Known:
    """Words and phrases with their regular forms."""

    def __init__(self, *lists: Sequence[str]) -> None:
        entries = [tuple(parts(entry)) for listed in lists for entry in listed]
        self._words = {entry[0] for entry in entries if len(entry) == 1}
        self._phrases = {entry for entry in entries if len(entry) > 1}
        self._longest = max(map(len, self._phrases), default=1)

    def __contains__(self, word: str) -> bool:
        """Whether a word or a regular form of it is listed."""
        return any(form in self._words for form in _forms(word))

    def has_any(self, text: str) -> bool:
        """Whether any word or phrase of `text` is listed."""
        words = parts(text)
        return any(word in self for word in words) or any(
            self.phrase_at(words, at) for at in range(len(words))
        )

    def phrase_at(self, words: Sequence[str], at: int) -> int:
        """How many words from `at` on are a listed phrase; its first word may have any form."""
        for length in range(self._longest, 1, -1):
            rest = tuple(words[at + 1 : at + length])
            if any((form, *rest) in self._phrases for form in _forms(words[at])):
                return length
        return 0


def parts(text: str) -> list[str]:
    """The words of `text`, casefolded, without possessive 's."""
    return [word.casefold().removesuffix("'s") for word in TOKEN.findall(text)]


def _forms(word: str) -> Iterator[str]:
    """The word, and what it may be a regular form of."""
    yield word
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            yield stem + instead
            if not instead and len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]
