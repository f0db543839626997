"""Equal tokens for two arms of few conversations: every choice of last turns is looked at.

`budget` walks, which finds its way where there is much to choose from. With a dozen conversations
few choices meet both goals, and it may pass them by.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

Turns = Sequence[tuple[int, int]]
"""As in `budget`."""
MOST_CONVERSATIONS: Final = 64
"""Of an arm: with more, a walk has enough to choose from."""
MOST_CHOICES: Final = 5000
"""Of an arm: with more, fewer turns at once are looked at."""


def equal(
    arms: Sequence[Sequence[Turns]], seen: Sequence[int], tolerance: float, share: float
) -> list[list[int]] | None:
    """How many turns each conversation of both arms keeps, with the fewest left out.

    All tokens and those of answers are within `tolerance`, and at most a `share` of an arm's turns
    is left out. None: there is no such choice among those looked at, or there are not two arms, or
    more than MOST_CONVERSATIONS.
    """
    import numpy as np

    if len(arms) != 2 or len(seen) > MOST_CONVERSATIONS:
        return None
    choices = [sorted(_choices(arm, seen, share), key=lambda one: (sum(one), one)) for arm in arms]
    one, two = (
        np.array([_sums(arm, seen, each) for each in every], np.int64)
        for arm, every in zip(arms, choices, strict=True)
    )
    best: tuple[int, int, int] | None = None
    for at, (tokens, answers, gone) in enumerate(one):
        if best is not None and gone >= best[0]:
            break
        fits = _near(tokens, two[:, 0], tolerance) & _near(answers, two[:, 1], tolerance)
        if fits.any():
            other = int(np.flatnonzero(fits)[0])  # in order of turns left out
            found = (int(gone + two[other, 2]), at, other)
            best = found if best is None else min(best, found)
    if best is None:
        return None
    chosen = (choices[0][best[1]], choices[1][best[2]])
    return [
        [len(turns) - less for turns, less in zip(arm, each, strict=True)]
        for arm, each in zip(arms, chosen, strict=True)
    ]


def _near(value: Any, others: Any, tolerance: float) -> Any:
    import numpy as np

    return np.abs(others - value) <= tolerance * np.maximum(others, value)


def _choices(arm: Sequence[Turns], seen: Sequence[int], share: float) -> Iterator[tuple[int, ...]]:
    """How many last turns each conversation gives up; one turn is left to each."""
    some = sum(times > 0 for times in seen)
    most = int(share * sum(map(len, arm)))
    while most and math.comb(some + most, most) > MOST_CHOICES:
        most -= 1
    free = [len(turns) - 1 if times else 0 for turns, times in zip(arm, seen, strict=True)]
    return _spread(free, most)


def _spread(free: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    if not free:
        yield ()
        return
    for less in range(min(free[0], most) + 1):
        for rest in _spread(free[1:], most - less):
            yield (less, *rest)


def _sums(arm: Sequence[Turns], seen: Sequence[int], less: Sequence[int]) -> tuple[int, int, int]:
    """Tokens and those of answers in a whole run, and the turns that are left out."""
    ends = [turns[len(turns) - 1 - gone] for turns, gone in zip(arm, less, strict=True)]
    tokens, answers = (
        sum(end[goal] * times for end, times in zip(ends, seen, strict=True)) for goal in (0, 1)
    )
    return tokens, answers, sum(less)
