"""Equal tokens for the arms of an experiment: whole turns go, at the end of conversations.

Arms see as many conversations in as many steps, but not the same words. What is ahead gives up
last turns: first one conversation after the other in a random order, so that neither long nor
short answers are preferred, then the few whose lengths close the gap that is left.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Final

from vsfa_data.train import exhaustive

TOLERANCE: Final = 0.005
"""By what share of the larger the tokens of two arms may differ."""
LOOK: Final = 32
"""Conversations of an arm among which the last moves are chosen."""
ROUNDS: Final = 16
"""How often that is done."""
MOST_LEFT_OUT: Final = 0.1
"""Share of an arm's turns that may go to make all tokens equal, not only those of answers."""

Turns = Sequence[tuple[int, int]]
"""A conversation: (tokens, those of answers) if it ended after its 1st, 2nd, ... answer."""
Totals = tuple[int, int]
"""Tokens of a whole run, and those of them in answers."""
_Move = tuple[int, int, int]
"""Arm, conversation, and turns to take away (1) or to give back (-1)."""


def equal(
    arms: Sequence[Sequence[Turns]], seen: Sequence[int], tolerance: float = TOLERANCE
) -> list[list[int]]:
    """How many turns each conversation of each arm keeps; one at least, the first ones always.

    The i-th conversation of every arm is seen `seen[i]` times in a run. The tokens of answers of
    the arms come within `tolerance` of each other, and so do all tokens where that takes no more
    than MOST_LEFT_OUT of an arm's turns (with pictures of another size it may take more: then
    answers alone are looked at). Where too few conversations leave no choice, what comes nearest
    is kept; `apart` says how near. The same input gives the same choice.
    """
    found = []
    for goals in ((0, 1), (1,)):
        search = _Search(arms, seen, goals, tolerance)
        search.refine()
        for at_once in (1, 2):
            search.walk(at_once)
            search.refine()
        if search.left_out() <= MOST_LEFT_OUT or goals == (1,):
            found.append(search)
        if found and not search.missing():
            break
        if goals == (0, 1):
            few = exhaustive.equal(arms, seen, tolerance, MOST_LEFT_OUT)
            if few is not None:
                return few
    return min(found, key=lambda one: (one.missing((1,)), one.missing((0, 1)))).kept


def totals(arm: Sequence[Turns], kept: Sequence[int], seen: Sequence[int]) -> Totals:
    """What a run sees of an arm."""
    ends = [turns[keep - 1] for turns, keep in zip(arm, kept, strict=True)]
    tokens, answers = (
        sum(end[goal] * times for end, times in zip(ends, seen, strict=True)) for goal in (0, 1)
    )
    return tokens, answers


def apart(values: Sequence[int]) -> float:
    """The difference of the largest and the smallest, as a share of the largest."""
    return (max(values) - min(values)) / max(values)


class _Search:
    """The choice so far, and what is left to choose."""

    def __init__(
        self,
        arms: Sequence[Sequence[Turns]],
        seen: Sequence[int],
        goals: Sequence[int],
        tolerance: float,
    ) -> None:
        self.arms, self.seen, self.goals, self.tolerance = arms, seen, goals, tolerance
        self.kept = [[len(turns) for turns in arm] for arm in arms]
        self.now = [
            list(totals(arm, keep, seen)) for arm, keep in zip(arms, self.kept, strict=True)
        ]
        order = [index for index, times in enumerate(seen) if times]
        random.Random(0).shuffle(order)  # noqa: S311  # no secret: the same choice each time
        self.order = order

    def missing(self, goals: Sequence[int] | None = None) -> float:
        """By how much the arms are too far apart, over all goals."""
        return self._missing(self.now, goals or self.goals)

    def left_out(self) -> float:
        """The largest share of an arm's turns that has gone."""
        return max(
            1 - sum(kept) / sum(map(len, arm))
            for arm, kept in zip(self.arms, self.kept, strict=True)
        )

    def walk(self, at_once: int) -> None:
        """Take last turns, those of `at_once` partners together, until no more of them helps."""
        before = None
        while before != self.now:  # a lap without a move is the last
            before = self.now
            self._lap(at_once)

    def _lap(self, at_once: int) -> None:
        for index in self.order:
            open_to = [(arm, index, 1) for arm, kept in enumerate(self.kept) if kept[index] > 1]
            for moves in itertools.combinations(open_to, at_once):
                before = self.missing()
                if not before:
                    return
                if self._missing(self._after(moves), self.goals) < before:
                    self.make(moves)
                    break

    def refine(self) -> None:
        """Make the one or two moves that help most, until all goals are met or none helps."""
        for _ in range(ROUNDS):
            before = self.missing()
            best = min(self._choices(), default=None) if before else None
            if best is None or best[0] >= before:
                return
            self.make(best[-1])

    def _choices(self) -> Iterator[tuple[float, int, tuple[_Move, ...]]]:
        """(what is missing then, turns taken, moves): the least is the best."""
        single = list(self._moves())
        pairs = itertools.combinations(single, 2)
        for moves in itertools.chain(((one,) for one in single), pairs):
            if len({move[:2] for move in moves}) == len(moves):
                missing = self._missing(self._after(moves), self.goals)
                yield missing, sum(move[2] for move in moves), moves

    def _moves(self) -> Iterator[_Move]:
        for arm, kept in enumerate(self.kept):
            for index in self.order[:LOOK]:
                if kept[index] > 1:
                    yield arm, index, 1
                if kept[index] < len(self.arms[arm][index]):
                    yield arm, index, -1

    def _missing(self, now: Sequence[Sequence[int]], goals: Sequence[int]) -> float:
        too_far = (apart([one[goal] for one in now]) - self.tolerance for goal in goals)
        return sum(far for far in too_far if far > 0)

    def _after(self, moves: Sequence[_Move]) -> list[list[int]]:
        after = [list(one) for one in self.now]
        for move in moves:
            for goal, less in enumerate(self.change(move)):
                after[move[0]][goal] -= less
        return after

    def change(self, move: _Move) -> Totals:
        """What a move takes from its arm; negative where it gives back."""
        arm, index, taken = move
        keep = self.kept[arm][index]
        before, after = (self.arms[arm][index][count - 1] for count in (keep, keep - taken))
        times = self.seen[index]
        return (before[0] - after[0]) * times, (before[1] - after[1]) * times

    def make(self, moves: Sequence[_Move]) -> None:
        """Make moves."""
        self.now = self._after(moves)
        for arm, index, taken in moves:
            self.kept[arm][index] -= taken
