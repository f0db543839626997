"""What the names of icons say of threats, by the word lists of the toolkit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.plain_yaml import plain_yaml
from vsfa_data.words import threats
from vsfa_data.words.phrases import Checker, Lexicon

DOUBTS: Final = Path(__file__).with_name("icon_doubts.yaml")
NEUTRAL: Final = -1
DOUBTFUL: Final = -2


def topics_of(names: Sequence[str]) -> NDArray[np.int16]:
    """For each name the place of its topic among `topics()`, NEUTRAL or DOUBTFUL."""
    return np.array([_topic(name) for name in names], np.int16)


@cache
def topics() -> tuple[str, ...]:
    """The topics of the word lists: the categories of the concept sets."""
    return tuple(Lexicon.load(threats.LEXICON).terms)


def _topic(name: str) -> int:
    doubts = _doubts()
    if not name:
        return DOUBTFUL
    if threats.default().first_term(name) is None:
        return DOUBTFUL if doubts["threat"].search(name) else NEUTRAL
    if doubts["no_threat"].search(name):
        return DOUBTFUL
    found = (at for at, one in enumerate(_checkers()) if one.first_term(name))
    return next(found, NEUTRAL)


@cache
def _checkers() -> tuple[Checker, ...]:
    """One for each topic."""
    lists = Lexicon.load(threats.LEXICON)
    alone = ({topic: terms} for topic, terms in lists.terms.items())
    return tuple(threats.checker(lists.model_copy(update={"terms": one})) for one in alone)


@cache
def _doubts() -> dict[str, re.Pattern[str]]:
    given: dict[str, Any] = plain_yaml(DOUBTS.read_text(encoding="utf-8"))
    return {kind: re.compile(rf"\b({text.replace('| ', '|')})\b") for kind, text in given.items()}
