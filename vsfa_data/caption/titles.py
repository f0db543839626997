"""What a picture's title says of it: a hint at a name, never a text.

Titles are whatever somebody once wrote. Words of a title are compared with the names of
`imagenet_categories.yaml` and with nothing else, and a name is believed only where the classifier
finds it likely as well, though not likely enough by itself: two sources that agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from vsfa_data.caption.classes import Category, Named, Vocabulary

LONGEST: Final = 4
"""Words of the longest name that is looked for."""
_WORD: Final = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def phrases(title: str) -> frozenset[str]:
    """Words of a title and runs of them, casefolded. Plurals stay plurals: a name means one."""
    words = _WORD.findall(title.casefold())
    return frozenset(
        " ".join(words[start : start + size])
        for size in range(1, LONGEST + 1)
        for start in range(len(words) - size + 1)
    )


def named(
    known: Named,
    title: str | None,
    probabilities: Mapping[int, float],
    vocabulary: Vocabulary,
    synonyms: Sequence[Sequence[str]],
    at_least: float,
) -> Named:
    """`known`, or what the title adds: a subject where there is none, of the kind that is known.

    The likeliest class that the title names, or else the narrowest category, whose summed
    probability is `at_least` that. `synonyms` are all names of each class.
    """
    if known.subject or not title:
        return known
    said = phrases(title)
    kind = vocabulary.categories.get(known.category or "")
    usable = {
        at: p
        for at, p in probabilities.items()
        if at not in vocabulary.unreliable and (kind is None or at in kind.classes)
    }
    by_name: dict[str, float] = {}
    for at, p in usable.items():
        if said & {vocabulary.name(at).casefold(), *(one.casefold() for one in synonyms[at])}:
            by_name[vocabulary.name(at)] = by_name.get(vocabulary.name(at), 0.0) + p
    likely = [name for name, p in by_name.items() if p >= at_least]
    if likely:
        return vocabulary.as_named(max(likely, key=lambda name: by_name[name]))
    fitting = [
        one
        for one in vocabulary.categories.values()
        if said & {one.noun, *one.also} and _sum(one, usable) >= at_least
    ]
    best = max(fitting, key=lambda one: len(one.wider), default=None)
    if best is None or best.noun == known.category:
        return known
    return vocabulary.as_kind(best)


def _sum(category: Category, probabilities: Mapping[int, float]) -> float:
    return sum(probabilities.get(at, 0.0) for at in sorted(category.classes))
