"""What a model's sentences cannot say, given the pixels, the labels and its other sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from vsfa_data.ask.faults import Problem
from vsfa_data.sections import Section

FILE: Final = Path(__file__).with_name("consistency.yaml")
COUNT: Final = "told_count"
"""The captioner's answer to how many there are."""
MOST: Final = 30
"""More than can be counted at a glance."""


class Lists(Section):
    """The lists of `consistency.yaml`."""

    version: str
    opposites: dict[str, dict[str, tuple[str, ...]]]
    numbers: dict[str, int]
    uncountable: tuple[str, ...]


@cache
def _lists() -> Lists:
    return Lists.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def problem(name: str, text: str, values: Mapping[str, Any]) -> Problem | None:
    """What is known of the image that the sentence `text`, its fact `name`, cannot go with."""
    return (
        _against_pixels(text, values)
        or _against_labels(text, values)
        or (_against_counts(text, values) if name == COUNT else None)
    )


def mentions(texts: Iterable[str], thing: str) -> bool:
    """Whether any of `texts` speaks of `thing`, in singular or plural, as of one that is there."""
    pattern = _named(thing)
    return any(pattern.search(text) and not _denied(thing).search(text) for text in texts)


def _against_pixels(text: str, values: Mapping[str, Any]) -> Problem | None:
    for colour in values["absent_colours"] or ():
        if _phrase(colour).search(text):
            return "contradicts_pixels", f"{colour}: no pixel is"
    for fact, by_value in _lists().opposites.items():
        for phrase in by_value.get(values[fact] or "", ()):
            if _phrase(phrase).search(text):
                return "contradicts_pixels", f"{phrase}: the picture is {values[fact]}"
    return None


def _against_labels(text: str, values: Mapping[str, Any]) -> Problem | None:
    for thing in {*(values["labels"] or ()), values["subject"] or ""} - {""}:
        if _denied(thing).search(text):
            return "contradicts_labels", f"{thing}: it was named before"
    for thing in values["absent"] or ():
        if mentions([text], thing):
            return "contradicts_labels", f"{thing}: it was said to be absent"
    return None


def _against_counts(text: str, values: Mapping[str, Any]) -> Problem | None:
    """A count that is too large, or another one than the description's."""
    if found := _any_word(_lists().uncountable).search(text):
        return "implausible_count", found[0]
    counted = _number_before(r"[\w\s-]*", text)
    if counted is not None and counted > MOST:
        return "implausible_count", str(counted)
    subject = values["subject"]
    if counted is None or not subject or not values["caption"]:
        return None
    described = _number_before(rf"(?:[\w'-]+\s+){{0,2}}?{_forms(subject)}", values["caption"])
    if described is not None and described != counted:
        return "inconsistent_answer", f"{counted} here, {described} in the description"
    return None


def _number_before(what: str, text: str) -> int | None:
    """The number that stands before `what`, a pattern; None if there is none or are several."""
    numbers = _lists().numbers
    pattern = rf"\b(\d[\d,]*|{'|'.join(numbers)})\s+{what}"
    found = {
        numbers[word] if word in numbers else int(word.replace(",", "") or 0)
        for word in (one.casefold() for one in re.findall(pattern, text, re.IGNORECASE))
    }
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=4096)
def _forms(thing: str) -> str:
    """Singular and plural of a name."""
    return rf"{re.escape(thing)}(?:s|es)?\b"


@lru_cache(maxsize=4096)
def _named(thing: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_forms(thing)}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _denied(thing: str) -> re.Pattern[str]:
    """Matches "no kettle", "not a kettle", "without any kettles"."""
    before = r"\b(?:no|not an?|not any|without an?|without any|without)\s+(?:\w+\s+)?"
    return re.compile(before + _forms(thing), re.IGNORECASE)


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> re.Pattern[str]:
    return _any_word((phrase,))


@cache
def _any_word(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE)
