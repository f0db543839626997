"""Kinds of questions that need more than a wording: presence, yes or no, a choice of options.

Each says which slots its wordings may use, and draws their values for an image. A `Draw` is a
function from a purpose to a number that depends on seed and image alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from pydantic import Field

from vsfa_data.sections import Section

Draw: TypeAlias = Callable[[str], int]
Slots: TypeAlias = dict[str, Any]


class Kind(Section):
    """What kinds have in common."""

    slots: ClassVar[tuple[str, ...]]
    """Names that wordings may use beside the facts."""
    decides: ClassVar[str | None] = None
    """The slot that chooses among the cases of `answers`."""
    cases: ClassVar[tuple[str, ...]] = ()
    """The cases that `answers` must then have."""

    def facts(self) -> set[str]:
        """Facts that must be known."""
        raise NotImplementedError

    def draws(self, values: Mapping[str, Any], draw: Draw) -> list[list[Slots]]:
        """Slots of questions, in groups that are kept together or not at all."""
        raise NotImplementedError


class Presence(Kind):
    """Whether a thing is there: as many questions are answered with yes as with no."""

    slots = ("thing", "presence")
    decides = "presence"
    cases = ("present", "absent")

    there: str
    """List of what is there."""
    not_there: str
    """List of what is not."""
    most: int = Field(3, ge=1, le=10)
    """Pairs of questions about one image, at most."""

    def facts(self) -> set[str]:
        """Both lists."""
        return {self.there, self.not_there}

    def draws(self, values: Mapping[str, Any], draw: Draw) -> list[list[Slots]]:
        """Pairs, one of what is there and one of what is not, in either order."""
        present: list[str] = values[self.there]
        shown = {name.casefold() for name in (*present, values["subject"] or "")}
        absent = sorted(
            (name for name in values[self.not_there] if name.casefold() not in shown),
            key=lambda name: draw(f"absent {name}"),
        )
        pairs: list[list[Slots]] = []
        for number, (yes, no) in enumerate(zip(present[: self.most], absent, strict=False)):
            pair: list[Slots] = [
                {"thing": yes, "presence": "present"},
                {"thing": no, "presence": "absent"},
            ]
            if draw(f"presence {number}") % 2:  # lest the later wording mean "no"
                pair.reverse()
            pairs.append(pair)
        return pairs


class YesNo(Kind):
    """Whether a fact has a value: one that it has in half of the images, else another one."""

    slots = ("asked", "polarity")
    decides = "polarity"
    cases = ("yes", "no")

    fact: str
    """A fact with one value."""
    values: tuple[str, ...] = Field(min_length=2)
    """Values that can be asked after; with another one the question is not asked."""

    def facts(self) -> set[str]:
        """The fact."""
        return {self.fact}

    def draws(self, values: Mapping[str, Any], draw: Draw) -> list[list[Slots]]:
        """One question."""
        value = values[self.fact]
        if value not in self.values:
            return []
        if draw("polarity") % 2:
            return [[{"asked": value, "polarity": "yes"}]]
        others = [other for other in self.values if other != value]
        return [[{"asked": others[draw("asked") % len(others)], "polarity": "no"}]]


class Choice(Kind):
    """Which of several options is right; they are shuffled, and one is."""

    slots = ("options", "right", "letter")

    fact: str
    """A fact with one value, or a list whose first value is right."""
    others: str | tuple[str, ...]
    """What is wrong: a fact that is a list, or values of which the right one is left out."""
    options: int = Field(3, ge=2, le=5)
    """Number of options, at most."""

    def facts(self) -> set[str]:
        """The fact, and the list of what is wrong if that is one."""
        return {self.fact} | ({self.others} if isinstance(self.others, str) else set())

    def draws(self, values: Mapping[str, Any], draw: Draw) -> list[list[Slots]]:
        """One question."""
        known = values[self.fact]
        right: str = known[0] if isinstance(known, list) else known
        true = {name.casefold() for name in ([*known] if isinstance(known, list) else [known])}
        pool = values[self.others] if isinstance(self.others, str) else self.others
        if isinstance(self.others, tuple) and right not in self.others:
            return []
        wrong = sorted(
            (name for name in pool if name.casefold() not in true),
            key=lambda name: draw(f"option {name}"),
        )[: self.options - 1]
        if not wrong:
            return []
        options = sorted([right, *wrong], key=lambda name: draw(f"place of {name}"))
        return [[{"options": options, "right": right, "letter": "ABCDE"[options.index(right)]}]]
