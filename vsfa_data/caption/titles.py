"""What a picture's title says of it: a hint at a name, never a text.

Titles are whatever somebody once wrote. What a title is about is compared with the names of
`imagenet_categories.yaml` and with nothing else, and a name is believed only where the classifier
finds it likely as well, though not likely enough by itself: two sources that agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from vsfa_data.embedded.categories import Category, Named, Vocabulary

LONGEST: Final = 4
"""Words of the longest name that is looked for."""
_WORD: Final = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_HEAD_END: Final = re.compile(
    r"[^\w\s'-]|\s-\s|\b(?:and|at|behind|beside|by|for|from|in|near|of|on|or|over|under|with)\b"
)


def heads(title: str) -> frozenset[str]:
    """What a title is about: the last words of what comes first in it, casefolded.

    "Blue pistol", "Kitten with a ball", "Tiger, drawn"; but no bus in "Bus stop", no tiger in
    "Tiger Woods", and no cat in "Two cats", since a name speaks of one.
    """
    words = _WORD.findall(_HEAD_END.split(title.casefold(), maxsplit=1)[0])
    return frozenset(" ".join(words[-size:]) for size in range(1, min(LONGEST, len(words)) + 1))


def named(
    known: Named,
    title: str | None,
    probabilities: Mapping[int, float],
    vocabulary: Vocabulary,
    at_least: float,
) -> Named:
    """`known`, or where that has no subject what the title adds, of the kind that is known.

    That is the likeliest class that the title is about, or else the narrowest category, if its
    summed probability is `at_least` that.
    """
    said = heads(title) if title else frozenset()
    if known.subject or not said:
        return known
    kind = vocabulary.categories.get(known.category or "")
    usable = {
        at: p
        for at, p in probabilities.items()
        if at not in vocabulary.unreliable and (kind is None or at in kind.classes)
    }
    by_name: dict[str, float] = {}
    for at, p in usable.items():
        name = vocabulary.name(at)
        if name.casefold() in said:
            by_name[name] = by_name.get(name, 0.0) + p
    best = max(by_name, key=lambda name: by_name[name], default="")
    if best and by_name[best] >= at_least:
        return vocabulary.as_named(best)
    fitting = [
        one
        for one in vocabulary.categories.values()
        if said & {one.noun, *one.also} and _sum(one, usable) >= at_least
    ]
    if not fitting:
        return known
    return vocabulary.as_kind(max(fitting, key=lambda one: len(one.wider)))


def _sum(category: Category, probabilities: Mapping[int, float]) -> float:
    return sum(probabilities.get(at, 0.0) for at in sorted(category.classes))
