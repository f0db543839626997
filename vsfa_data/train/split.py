"""The conversations of a split that a run uses, and how long they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from vsfa_data.train.budget import Turns
from vsfa_data.train.rows import Rows


@dataclass(frozen=True)
class Split:
    """Conversations, with their lengths by `turns`.

    Left out were `too_long` ones; those `with_control_tokens`: their text holds what only the chat
    template may write; and those `without_partner`: another arm's is of either kind.
    """

    rows: Rows
    turns: Sequence[Turns]
    too_long: int = 0
    with_control_tokens: int = 0
    without_partner: int = 0

    @cached_property
    def lengths(self) -> list[int]:
        """Tokens of each conversation."""
        return [turns[-1][0] for turns in self.turns]

    @cached_property
    def answers(self) -> list[int]:
        """Those of them that carry a loss."""
        return [turns[-1][1] for turns in self.turns]

    def usable(self, most: int) -> list[bool]:
        """Which conversations have no control tokens, and `most` tokens at most."""
        return [bool(turns) and turns[-1][0] <= most for turns in self.turns]

    def only(self, fit: Sequence[bool], most: int) -> Split:
        """The conversations that `fit`; the others are counted by why they do not."""
        chosen = [at for at, fits in enumerate(fit) if fits]
        with_control_tokens = sum(not turns for turns in self.turns)
        unusable = len(fit) - sum(self.usable(most))
        return replace(
            self.ordered(chosen),
            too_long=unusable - with_control_tokens,
            with_control_tokens=with_control_tokens,
            without_partner=len(fit) - len(chosen) - unusable,
        )

    def ordered(self, places: Sequence[int]) -> Split:
        """The conversations at these places of this split, whatever they are."""
        return replace(self, rows=self.rows.only(places), turns=[self.turns[at] for at in places])

    def shortened(self, kept: Sequence[int]) -> Split:
        """As many first turns of each conversation as `kept` says."""
        turns = [turns[:keep] for turns, keep in zip(self.turns, kept, strict=True)]
        return replace(self, rows=self.rows.shortened(kept), turns=turns)


def paired(arms: Sequence[Split], most: int) -> list[Split]:
    """Splits whose i-th conversations are partners, without pairs of which one is not usable."""
    fit = [all(one) for one in zip(*(arm.usable(most) for arm in arms), strict=True)]
    return [arm.only(fit, most) for arm in arms]


def align(partners: Sequence[Sequence[str]], limit: int | None) -> list[list[int]]:
    """Which rows of each arm are used, in which order: at the same place stand partners.

    `partners` has a name for each row of each arm, the same for partners. Those come first that
    have one in every arm; the others fill up until all arms have as many as the smallest has, or
    `limit`.
    """
    places = [{name: at for at, name in enumerate(names)} for names in partners]
    shared = [name for name in places[0] if all(name in place for place in places)]
    found = []
    for names, place in zip(partners, places, strict=True):
        matched = [place[name] for name in shared]
        found.append(matched + sorted(set(range(len(names))).difference(matched)))
    most = min(len(rows) for rows in found)
    return [rows[: most if limit is None else min(most, limit)] for rows in found]
