"""Which of the candidates each image keeps: families in balance, partners with equal budgets.

Images are dealt with one pair after the other. A pair is given the same kinds of questions as
long as both images have any in common, then each its own, so many of them that both have as many
in the end. Each conversation says what the picture shows. Of what is left, that comes first which
asks after something new, is of a group that the conversation lacks, and is of a family that the
dataset has fewest of so far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from vsfa_data.ask.candidates import Candidate

TOGETHER: Final = 2 / 3
"""Share of a pair's questions that both are asked alike; the rest may be about what only one of
them is known to show."""
SLACK: Final = 12
"""Words by which the configs may differ before it is minded: about one question and answer."""
LOOK: Final = 4
"""How many of the best candidates are compared by their length when it is."""


@dataclass
class Talk:
    """One image's conversation as far as it has been chosen."""

    candidates: Sequence[Candidate]
    most: int
    follow_ups: int
    sign: int = 1
    """1 for an image of `threat`, -1 for one of `control`: which way its words count."""
    chosen: list[Candidate] = field(default_factory=list)

    @property
    def pairs(self) -> int:
        """Pairs chosen so far."""
        return sum(one.pairs for one in self.chosen)

    @property
    def words(self) -> int:
        """Their words."""
        return sum(one.words for one in self.chosen)

    def open_to(self) -> list[Candidate]:
        """What can still be added."""
        left = self.most - self.pairs
        units = {one.unit for one in self.chosen}
        followed = {one.after for one in self.chosen if one.after >= 0}
        may_follow = len(followed) < self.follow_ups
        return [
            one
            for one in self.candidates
            if one.unit not in units
            and one.pairs <= left
            and (one.after < 0 or (may_follow and one.after in units - followed))
        ]

    def novelty(self, one: Candidate) -> tuple[bool, int]:
        """Whether it asks after what was asked already, and how often its group was chosen."""
        asked = 0
        for other in self.chosen:
            asked |= other.about
        return bool(one.about & asked), sum(one.group == other.group for other in self.chosen)

    def shorten(self) -> None:
        """Give up the last unit that nothing follows."""
        followed = {one.after for one in self.chosen}
        last = next(one for one in reversed(self.chosen) if one.unit not in followed)
        self.chosen.remove(last)


class Budget:
    """Keeps count over the dataset while pair after pair is dealt with."""

    def __init__(self) -> None:
        self.asked = Counter[int]()
        """Family -> pairs so far."""
        self.ahead = 0
        """Words of `threat` less those of `control`, over matched pairs."""

    def fill(self, talks: Sequence[Talk]) -> None:
        """Choose for one image, or for a pair of them. One opener is always among it."""
        self._together(talks, lambda one: one.opener, once=True)
        self._together(talks, lambda _one: True)
        if len(talks) > 1:
            self._apart(talks)
            _level(talks)
        for talk in talks:
            for one in talk.chosen:
                self.asked[one.family] += one.pairs
        if len(talks) > 1:
            self.ahead += sum(talk.sign * talk.words for talk in talks)

    def _together(
        self, talks: Sequence[Talk], wanted: Callable[[Candidate], bool], *, once: bool = False
    ) -> None:
        """Add what all of `talks` can be asked alike."""
        while once or all(talk.pairs < TOGETHER * talk.most for talk in talks) or len(talks) == 1:
            open_to = [{one.kind: one for one in talk.open_to() if wanted(one)} for talk in talks]
            shared = [kind for kind in open_to[0] if all(kind in other for other in open_to)]
            if not shared:
                return
            ranked = sorted(shared, key=lambda kind: self._rank(talks, [o[kind] for o in open_to]))
            best = self._level_one(talks, [[o[kind] for o in open_to] for kind in ranked])
            for talk, one in zip(talks, best, strict=True):
                talk.chosen.append(one)
            if once:
                return

    def _apart(self, talks: Sequence[Talk]) -> None:
        """Add what only one of them can be asked, to the shorter one first."""
        while True:
            for talk in sorted(talks, key=lambda talk: talk.pairs):
                if found := talk.open_to():
                    ranked = sorted(found, key=lambda one: self._rank([talk], [one]))
                    talk.chosen += self._level_one([talk], [[one] for one in ranked])
                    break
            else:
                return

    def _rank(
        self, talks: Sequence[Talk], ones: Sequence[Candidate]
    ) -> tuple[int, int, float, int]:
        novelty = [talk.novelty(one) for talk, one in zip(talks, ones, strict=True)]
        one = ones[0]
        return (
            sum(is_known for is_known, _ in novelty),
            max(times for _, times in novelty),
            self.asked[one.family] / one.weight,
            one.unit,
        )

    def _level_one(
        self, talks: Sequence[Talk], ranked: Sequence[list[Candidate]]
    ) -> list[Candidate]:
        """The first of `ranked`, unless the configs differ: then what brings them together."""
        ahead = self.ahead + sum(talk.sign * talk.words for talk in talks)
        if abs(ahead) <= SLACK or len({talk.sign for talk in talks}) < len(talks):
            return ranked[0]

        def after(ones: Sequence[Candidate]) -> int:
            more = (talk.sign * one.words for talk, one in zip(talks, ones, strict=True))
            return abs(ahead + sum(more))

        return min(ranked[:LOOK], key=after)


def _level(talks: Sequence[Talk]) -> None:
    """Shorten the longer conversation until both have as many pairs."""
    while len({talk.pairs for talk in talks}) > 1:
        max(talks, key=lambda talk: talk.pairs).shorten()
