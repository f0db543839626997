"""English grammar that templates need: articles, agreement, lists and sentences.

Names of things come without an article ("revolver", "sunglasses", "Egyptian cat"). The rules
go by spelling; the words that break them stand in `nouns.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import yaml

NOUNS: Final = Path(__file__).with_name("nouns.yaml")

_HEAD_END: Final = re.compile(
    r"\s(?:of|in|on|with|for|from|at|by|under|over|against|and|or|behind|beside|near)\s"
)
_SPELLED_OUT: Final = re.compile(r"[A-Z](?:[A-Z]{0,2}s?|[A-Z]*-?\d\w*|-\w+)?(?![\w-])")
_SOUNDS_LIKE_A_VOWEL: Final = frozenset("AEFHILMNORSX")
_SPOKEN_EIGHT_OR_ELEVEN: Final = re.compile(r"(?:8\d*|11|18)(?!\d)")
_ENDS_A_SENTENCE: Final = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]['\")\]\u2019\u201d]*$")


@cache
def _nouns() -> Mapping[str, frozenset[str]]:
    lists: dict[str, list[str]] = yaml.safe_load(NOUNS.read_text(encoding="utf-8"))
    return {name: frozenset(words) for name, words in lists.items()}


def _listed(name: str, kind: str) -> bool:
    """Whether the head of `name` is, or ends in, an entry of the list `kind`."""
    words = _HEAD_END.split(name.casefold(), maxsplit=1)[0].split()
    return any(" ".join(words[start:]) in _nouns()[kind] for start in range(len(words)))


@lru_cache(maxsize=65_536)
def is_plural(name: str) -> bool:
    """Whether a thing's name asks for "are": "tulips", "people"; but not "bus" or "lens"."""
    if _listed(name, "plural"):
        return True
    head = _HEAD_END.split(name.casefold(), maxsplit=1)[0]
    return (
        head.endswith("s")
        and not head.endswith(("ss", "us", "is", "'s"))
        and not _listed(name, "singular")
    )


def _vowel_sound(name: str) -> bool:
    """Whether `name` is spoken with a vowel first: "hour", "M16 rifle", "8-ball", not "unit"."""
    spelled = _SPELLED_OUT.match(name)
    word = name.casefold()
    if spelled:
        return name[0] in _SOUNDS_LIKE_A_VOWEL
    if word.startswith(tuple(_nouns()["a"])):
        return False
    if word.startswith(tuple(_nouns()["an"])):
        return True
    return bool(_SPOKEN_EIGHT_OR_ELEVEN.match(word)) or word[:1] in set("aeiou")


@lru_cache(maxsize=65_536)
def with_article(name: str) -> str:
    """The thing as a sentence names it: "a revolver", "an Egyptian cat", "tulips", "gravel"."""
    if name.casefold() in _nouns()["the"]:
        return f"the {name}"
    if is_plural(name) or _listed(name, "mass"):
        return name
    return f"{'an' if _vowel_sound(name) else 'a'} {name}"


def agree(name: str, singular: str, plural: str) -> str:
    """The form of a verb or pronoun that goes with `name`."""
    return plural if is_plural(name) else singular


def and_list(items: Sequence[str]) -> str:
    """The items as a sentence lists them: "red", "red and black", "red, grey and black"."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def or_list(items: Sequence[str]) -> str:
    """The items as a question offers them: "red, grey or black"."""
    *first, last = items
    return f"{', '.join(first)} or {last}" if first else last


def lettered(items: Sequence[str]) -> str:
    """The items as options: "A) red, B) grey, C) black"."""
    return ", ".join(f"{letter}) {item}" for letter, item in zip("ABCDE", items, strict=False))


def capitalised(text: str) -> str:
    """`text` with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """`text` with a capital first letter and a mark at its end."""
    text = capitalised(text)
    return text if _ENDS_A_SENTENCE.search(text) else f"{text.rstrip(',;: -')}."
