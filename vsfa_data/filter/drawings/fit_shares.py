"""How often each icon is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter.drawings.fit_pack import Lesson

_MASS: Final = {"emoji": 2.5, "colour": 2.0, "theme": 1.2, "ui": 0.4}
_GAMES: Final = ("game-icons", 2.0)
_EVENNESS: Final = 0.6
"""Names are drawn by their mass to this power: 1 as often as they occur, 0 all alike."""


def shares(lessons: Sequence[Lesson]) -> list[float]:
    """How often each icon is drawn; those to validate with never are."""
    mass = [_GAMES[1] if one.set == _GAMES[0] else _MASS.get(one.kind, 0.0) for one in lessons]
    of_name: dict[int, float] = {}
    for one, weight in zip(lessons, mass, strict=True):
        of_name[one.text] = of_name.get(one.text, 0.0) + weight
    drawn = [
        weight * of_name[one.text] ** (_EVENNESS - 1) if weight else 0.0
        for one, weight in zip(lessons, mass, strict=True)
    ]
    return [one / sum(drawn) for one in drawn]


def with_threats(
    lessons: Sequence[Lesson], drawn: Sequence[float], topics: NDArray[np.int16], share: float
) -> list[float]:
    """`drawn`, so that icons whose names are threats are such a share of the draws.

    Among them a name is drawn by the square root of its number of icons.
    """
    threat = [topics[one.text] >= 0 and much > 0 for one, much in zip(lessons, drawn, strict=True)]
    if not any(threat) or all(threat):
        return list(drawn)
    of_name = Counter(one.text for one, is_it in zip(lessons, threat, strict=True) if is_it)
    mass = [
        of_name[one.text] ** -0.5 if is_it else 0.0
        for one, is_it in zip(lessons, threat, strict=True)
    ]
    rest = [0.0 if is_it else much for is_it, much in zip(threat, drawn, strict=True)]
    a, b = share / sum(mass), (1 - share) / sum(rest)
    return [a * one + b * other for one, other in zip(mass, rest, strict=True)]
