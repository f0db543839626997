"""Which questions an image is asked, in which wording and order.

Every choice is read from a hash of the seed, its purpose and the image, so it depends on nothing
else: not on other images, on workers, or on the order of anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from vsfa_data.ask import render
from vsfa_data.ask.template import Template


@dataclass(frozen=True, eq=False)
class Question:
    """One template with everything chosen; wordings are counted from 1."""

    template: Template
    case: str
    wording: int
    answer_wording: int
    slots: Mapping[str, str] = field(default_factory=dict)

    @property
    def template_id(self) -> str:
        """Template and wording, as PAIRS has it."""
        return f"{self.template.id}/{self.wording}"

    def render(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """The question and its answer for an image of which `values` are known."""
        values = {**values, **self.slots}
        answer = self.template.answers[self.case][self.answer_wording - 1]
        question = self.template.wordings[self.wording - 1]
        return render.fill(question, values), render.fill(answer, values)


Unit = tuple[Question, ...]
"""Questions that are kept together or not at all: one, or a yes and a no about presence."""


@dataclass(frozen=True)
class Chooser:
    """Draws for one image."""

    seed: int
    image_id: str

    def draw(self, purpose: str) -> int:
        """A number from 0 to 2**64 - 1."""
        digest = sha256(f"{self.seed}:{purpose}:{self.image_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big")

    def units(self, values: Mapping[str, Any], templates: Sequence[Template]) -> list[Unit]:
        """All that the image can be asked, most wanted first.

        In half of the images an opener comes first. What asks for nothing but facts that units
        before it have asked for comes after what asks for something new.
        """
        units = [unit for template in templates for unit in self._of(template, values)]
        units.sort(key=lambda unit: self.draw(f"rank of {unit[0].template.id}"))
        if self.opens():
            first = next((unit for unit in units if unit[0].template.opener), None)
            units.sort(key=lambda unit: unit is not first)
        return _novel_first(units)

    def opens(self) -> bool:
        """Whether the conversation starts with an opener."""
        return self.draw("opener") % 2 == 0

    def order(self, asked: Sequence[Question]) -> list[Question]:
        """`asked`, which begins with the opener if there is to be one, as a conversation."""
        fixed = 1 if asked and self.opens() and asked[0].template.opener else 0
        rest = sorted(
            asked[fixed:], key=lambda question: self.draw(f"turn of {question.template_id}")
        )
        return [*asked[:fixed], *rest]

    def _of(self, template: Template, values: Mapping[str, Any]) -> list[Unit]:
        if not template.fits(values):
            return []
        if "presence" in template.slots:
            return self._about_presence(template, values)
        case = template.case(values)
        return [(self._question(template, case, {}, 0),)] if case else []

    def _about_presence(self, template: Template, values: Mapping[str, Any]) -> list[Unit]:
        """Pairs of questions, one answered with yes and one with no, no wording twice."""
        present: list[str] = values["labels"]
        shown = {name.casefold() for name in (*present, values["subject"] or "")}
        absent = sorted(
            (name for name in values["absent"] if name.casefold() not in shown),
            key=lambda name: self.draw(f"absent {name}"),
        )
        units: list[Unit] = []
        most = len(template.wordings) // 2
        for number, (yes, no) in enumerate(zip(present[:most], absent, strict=False)):
            things = [(yes, "present"), (no, "absent")]
            if self.draw(f"presence {number}") % 2:  # lest the later wording mean "no"
                things.reverse()
            units.append(
                tuple(
                    self._question(template, presence, {"thing": thing, "presence": presence}, at)
                    for at, (thing, presence) in enumerate(things, 2 * number)
                )
            )
        return units

    def _question(
        self, template: Template, case: str, slots: Mapping[str, str], number: int
    ) -> Question:
        """The `number`th question from `template`: each takes the next wording."""
        first = self.draw(f"wording of {template.id}")
        return Question(
            template,
            case,
            (first + number) % len(template.wordings) + 1,
            self.draw(f"answer {number} of {template.id}") % len(template.answers[case]) + 1,
            slots,
        )


def _novel_first(units: Sequence[Unit]) -> list[Unit]:
    asked: set[str] = set()
    novel: list[Unit] = []
    repeating: list[Unit] = []
    for unit in units:
        facts = set(unit[0].template.requires)
        (repeating if facts <= asked else novel).append(unit)
        asked |= facts
    return novel + repeating
