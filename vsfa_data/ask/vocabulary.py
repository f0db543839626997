"""Proves that fixed text speaks of a picture and of nothing else, in English.

Word lists that look for what is not wanted let through whatever they do not know. A template's
wordings are few and written with care, so they are held to more: every word must be known to
`vocabulary.yaml`, and a question must ask about the picture. What strangers' models write is judged
by `checks.py` instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field

from vsfa_data.ask import faults, neutrality
from vsfa_data.ask.word_forms import TOKEN, Known, parts
from vsfa_data.sections import Section
from vsfa_data.words import threats
from vsfa_data.words.phrases import Checker, Lexicon

FILE: Final = Path(__file__).with_name("vocabulary.yaml")
_QUOTES: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_STRANGE: Final = re.compile(r"[^A-Za-z0-9 .,:;?!'\"()/%&\u2013\u2014\u2026-]")
_INSIDE: Final = re.compile(r"[A-Za-z][.:;?!()\"%&]+[A-Za-z]")
_NUMBER: Final = re.compile(r"\d{1,4}(?:st|nd|rd|th|d)?")
_OPTION: Final = re.compile(r"(?<![A-Za-z0-9'-])[A-Ea-e](?=\))")
_LONE: Final = re.compile(r"(?:\b[A-Za-z]\b[\s-]*){3,}")
_DEFINITE: Final = frozenset({"the", "this", "these", "those"})


class Vocabulary(Section):
    """The lists of `vocabulary.yaml`."""

    version: str
    about: dict[str, tuple[str, ...]] = Field(min_length=1)
    """Words and phrases one of which makes a question one about the picture."""
    words: dict[str, tuple[str, ...]] = Field(min_length=1)
    """All others that may be used, by what they are about."""
    things: dict[str, tuple[str, ...]] = Field(min_length=1)
    """Names of what pictures show, by kind: "the" one of them is one in the picture."""
    requests: tuple[str, ...] = Field(min_length=1)
    """Words with which a request begins."""
    refused: dict[str, tuple[str, ...]] = Field(min_length=1)
    """What asks for something else in words that are all allowed -> phrases of it."""


def objection(text: str) -> str | None:
    """Why `text` cannot be a template's own, or None: its letters, its language, its words."""
    text = text.translate(_QUOTES)
    if strange := _STRANGE.search(text) or _INSIDE.search(text) or _LONE.search(text):
        return f"{strange[0]!a} is no plain English spelling"
    return said_amiss(text) or _not_listed(text)


def said_amiss(text: str) -> str | None:
    """What it says that is listed as not to be said, whatever else it says; None if nothing."""
    text = text.translate(_QUOTES)
    if term := neutrality.default().first_term(text):
        return f"not neutral ('{term}')"
    if term := threats.default().first_term(text) or _split(TOKEN.findall(text.casefold())):
        return f"names a threat ('{term}'): pictures may show one, wordings may not name it"
    for topic, found in _refused().items():
        if term := found.first_term(text):
            return f"{_ASKS[topic]} ('{term}')"
    return None


def no_question(text: str, *, has_slot: bool, is_follow_up: bool) -> str | None:
    """Why `text`, to which `objection` has none, is no question about a picture; None if it is."""
    if "?" not in text and not any(map(_requests, re.split(r"(?<=[.?!:])\s+", text))):
        return "it asks nothing: end it with '?', or begin it with a word such as Describe"
    # A slot holds what the picture shows; a follow-up is about what its question was about.
    if not (has_slot or is_follow_up or _about().has_any(text) or _names_one(text)):
        return "it does not ask about the picture: say 'picture', 'see', 'colour' or the like"
    return None


def entries() -> Iterator[str]:
    """All words and phrases that may be used."""
    lists = _vocabulary()
    for group in (lists.about, lists.words, lists.things):
        for listed in group.values():
            yield from listed


_ASKS: Final[Mapping[str, str]] = {
    "instructions": "it asks how something is made or used",
    "advice": "it asks for advice",
    "chatter": "it asks about the model, not about the picture",
    "judging": "it asks for a judgement",
    "identity": "it asks who somebody is",
}


def _not_listed(text: str) -> str | None:
    """What it says that is not listed as what may be said."""
    unknown, words = _unknown(text), TOKEN.findall(text.casefold())
    if faults.language(text, words) or (len(unknown) > 2 and 2 * len(unknown) >= len(words)):
        return "it is not English"
    if not unknown:
        return None
    told = ", ".join(f"'{word}'" for word in unknown[:3])
    return f"{told}: no word for asking about pictures; use another, or a slot for a thing"


def _unknown(text: str) -> list[str]:
    """Words that are not listed, in order."""
    words = parts(_OPTION.sub(" ", text))
    unknown, at = [], 0
    while at < len(words):
        if length := _known().phrase_at(words, at):
            at += length
            continue
        word = words[at]
        if not _NUMBER.fullmatch(word) and word not in _known():
            unknown.append(word)
        at += 1
    return unknown


def _split(words: Sequence[str]) -> str | None:
    """A threat, or a word that judges, cut in two."""
    for pair in pairwise(words):
        joined = "".join(pair)
        if found := threats.default().first_term(joined) or neutrality.default().first_term(joined):
            return found
    return None


def _requests(sentence: str) -> bool:
    return any(word in _vocabulary().requests for word in parts(sentence)[:3])


def _names_one(text: str) -> bool:
    """Whether it speaks of "the" thing, with a word or two between at most."""
    words = parts(text)
    return any(
        word in _DEFINITE and any(one in _things() for one in words[at + 1 : at + 4])
        for at, word in enumerate(words)
    )


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def _about() -> Known:
    return Known(*_vocabulary().about.values())


@cache
def _things() -> Known:
    return Known(*_vocabulary().things.values())


@cache
def _known() -> Known:
    lists = _vocabulary()
    return Known(*lists.about.values(), *lists.words.values(), *lists.things.values())


@cache
def _refused() -> Mapping[str, Checker]:
    lists = _vocabulary()
    return {
        topic: Checker(Lexicon(version=lists.version, terms={topic: listed}))
        for topic, listed in lists.refused.items()
    }
