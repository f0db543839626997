"""What is wrong with a sentence that a model wrote, whatever it is about.

Refusals, guesses, leaked instructions, markup, other languages, repetition, and ends that are
none. The phrases stand in `faults.yaml`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import yaml
from pydantic import Field

from vsfa_data.sections import Section

FILE: Final = Path(__file__).with_name("faults.yaml")

Problem: TypeAlias = tuple[str, str]
"""Reason code and detail."""

EMPTY: Final[Problem] = ("empty_answer", "no letter and no digit")
ENDS: Final = 8
"""Words from which an answer that ends without a mark was cut off; shorter ones are phrases."""
FOREIGN_LETTERS: Final = 0.1
"""Share of letters that are not Latin from which a text is not English."""
FOREIGN_WORDS: Final = 2
"""Short words of another language from which it may be in that language."""
MARKUP: Final = re.compile(
    r"<\|[^>]*\|?>|</?[a-z_][^>]*>|\[/?(?:INST|IMG|image)\]|```|\]\(|!\[|\*\*|^#{1,6}\s|\{\{|\{%",
    re.IGNORECASE | re.MULTILINE,
)
"""What a chat template, Markdown, HTML or Jinja could take for its own."""
_LAST: Final = re.compile("[.!?\u2026][\"')\\]\u2019\u201d]*$")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")


class Faults(Section):
    """The lists of `faults.yaml`."""

    version: str
    refused: tuple[str, ...] = Field(min_length=1)
    hedged: tuple[str, ...] = Field(min_length=1)
    leaked: tuple[str, ...] = Field(min_length=1)
    languages: dict[str, frozenset[str]]
    english: frozenset[str]


@lru_cache(maxsize=65_536)
def first_fault(text: str, end: str, max_words: int) -> Problem | None:
    """The first problem with `text`, which ended with 'stop' or 'length', or None."""
    words = _WORD.findall(text.casefold())
    if not any(map(str.isalnum, text)):
        return EMPTY
    for reason, pattern in _patterns().items():
        if found := pattern.search(text):
            return reason, found[0].casefold()
    if foreign := language(text, words):
        return "other_language", foreign
    if again := _repeated(text, words):
        return "repetitive_answer", again
    return _bad_end(text, end, len(words), max_words)


def _bad_end(text: str, end: str, words: int, max_words: int) -> Problem | None:
    """Cut off before its end, or too long."""
    if end == "length" or (words >= ENDS and not _LAST.search(text)):
        return "cut_off_answer", f"...{text[-40:]}"
    return ("too_long_answer", f"{words} words") if words > max_words else None


@cache
def _lists() -> Faults:
    return Faults.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    lists = _lists()
    return {
        "refused_answer": _any_of(lists.refused),
        "leaked_prompt": _any_of(lists.leaked),
        "hedged_answer": _any_of(lists.hedged),
        "markup": MARKUP,
    }


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Matches any of `phrases` as whole words."""
    worded = (
        r"\s+".join(re.escape(word).replace("'", "['\u2019]") for word in phrase.split())
        for phrase in phrases
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(worded)})(?!\w)", re.IGNORECASE)


def language(text: str, words: list[str]) -> str | None:
    """The language that a text is in, if that is not English."""
    letters = [c for c in text if c.isalpha()]
    if sum(ord(c) >= 0x250 for c in letters) > FOREIGN_LETTERS * len(letters):
        return "another script"
    lists = _lists()
    english = sum(word in lists.english for word in words)
    for language, known in lists.languages.items():
        foreign = sum(word in known for word in words)
        if foreign >= FOREIGN_WORDS and foreign > english:
            return language
    return None


def _repeated(text: str, words: list[str]) -> str | None:
    """What a text says again and again, or None."""
    sentences = [one.casefold() for one in _SENTENCE.split(text)]
    twice = next((one for one, times in Counter(sentences).items() if times > 1), None)
    if twice is not None:
        return twice[:80]
    for size, most in ((1, 3), (4, 2)):
        runs = zip(*(words[at:] for at in range(size * (most + 1))), strict=False)
        for run in runs:
            if run[:size] * (most + 1) == run:
                return " ".join(run[:size])
    thrice = Counter(zip(*(words[at:] for at in range(5)), strict=False))
    return next((" ".join(run) for run, times in thrice.items() if times > 2), None)
