"""How alike two groups of images are: the standardised mean difference of every covariate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.words.license_class import license_class

AIM: Final = 0.1
"""Standardised mean difference below which groups count as alike (Austin 2009)."""
KINDS: Final = ("source", "license_class", "format", "style")
"""Covariates of which only equality means something; each of their values is told on its own."""
MAX_LEVELS: Final = 12
"""Values of one kind that are told, the most frequent ones; rarer ones add up to `other`."""

Table = Mapping[str, Sequence[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """Covariates of n images as numbers that can be averaged: float64[n, f] and their names."""

    names: tuple[str, ...]
    values: Floats


def numbers(table: Table) -> dict[str, Floats]:
    """Size in pixels and shape (both as logarithms), brightness, colourfulness, detail."""
    plain = {name: np.asarray(table[name], np.float64) for name in _NUMBERS}
    return {
        "size": np.log(plain["width"] * plain["height"]),
        "aspect": np.log(plain["aspect"]),
        "brightness": plain["brightness"],
        "colourfulness": plain["colourfulness"],
        "detail": plain["detail"],
    }


_NUMBERS: Final = ("width", "height", "aspect", "brightness", "colourfulness", "detail")


def kinds(table: Table) -> dict[str, list[str]]:
    """KINDS as text; a licence counts by what it asks for."""
    given = {**table, "license_class": [license_class(one) for one in table["license"]]}
    return {name: [str(value) for value in given[name]] for name in KINDS}


def levels(table: Table) -> Levels:
    """Numbers as they are, and for each value of a kind whether an image has it (0 or 1)."""
    found = numbers(table)
    for name, texts in kinds(table).items():
        common = [text for text, _ in _ranked(texts)[:MAX_LEVELS]]
        if len(common) > 1:
            for text in common:
                found[f"{name}={text}"] = np.array([one == text for one in texts], np.float64)
            rest = np.array([one not in common for one in texts], np.float64)
            if rest.any():
                found[f"{name}=other"] = rest
    count = len(table["width"])
    values = np.stack(list(found.values()), axis=1) if count else np.empty((0, len(found)))
    return Levels(tuple(found), values)


def spread(threat: Floats, control: Floats) -> Floats:
    """What differences are standardised with, float64[f]: root of the groups' mean variance.

    Where neither group varies it is that of all images together, and 1 where nothing varies.
    """
    inner = np.sqrt((threat.var(0) + control.var(0)) / 2)
    outer = np.concatenate([threat, control]).std(0)
    found = np.where(inner > _NOTHING, inner, outer)
    return np.where(found > _NOTHING, found, 1.0)


_NOTHING: Final = 1e-9


def differences(threat: Floats, control: Floats, by: Floats) -> Floats:
    """Mean of `threat` float64[n, f] less that of `control` float64[m, f], over `by` float64[f]."""
    return np.asarray((threat.mean(0) - control.mean(0)) / by, np.float64)


def _ranked(texts: Sequence[str]) -> list[tuple[str, int]]:
    return sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))
