"""Splits of equal shares in every stratum: each group goes where most is lacking so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Group:
    """Images that stay together: their stratum, what was drawn for them, how many they are."""

    stratum: str
    drawn: float
    name: str
    size: int


def stratified(
    groups: Iterable[Group], shares: Mapping[str, float], pinned: Mapping[str, str]
) -> dict[str, str]:
    """Split of each group, by name; those that are `pinned` keep theirs.

    Strata are filled one after the other, in each first what is pinned, then the others in the
    order of their draw. So every stratum, and the whole, is within a group or two of the shares.
    Where two splits lack as much, the first of `shares` gets the group.
    """
    made: dict[str, str] = {}
    held, total = Counter[str](), 0
    for group in sorted(groups, key=lambda g: (g.stratum, g.name not in pinned, g.drawn, g.name)):
        total += group.size
        lacking = {name: part * total - held[name] for name, part in shares.items() if part > 0.0}
        split = pinned.get(group.name) or max(lacking, key=lambda name: lacking[name])
        made[group.name] = split
        held[split] += group.size
    return made
