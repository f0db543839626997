"""Which questions an image can be asked, in which wording, most wanted first.

Every choice is read from a hash of the seed, its purpose and the pair that the image belongs to,
so it depends on nothing else: not on other images, on workers, or on the order of anything. Both
images of a matched pair draw alike: what can be asked of both is asked in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from vsfa_data.ask import render
from vsfa_data.ask.family import EARLIER
from vsfa_data.ask.template import Template


@dataclass(frozen=True, eq=False)
class Question:
    """One template with everything chosen; wordings are counted from 1."""

    template: Template
    case: str
    wording: int
    answer_wording: int
    slots: Mapping[str, Any] = field(default_factory=dict)

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


@dataclass(frozen=True, eq=False)
class Unit:
    """Questions that are kept together or not at all: one, or a yes and a no about presence."""

    questions: tuple[Question, ...]
    after: Question | None = None
    """The question that it follows up."""

    @property
    def template(self) -> Template:
        """The one template of them all."""
        return self.questions[0].template


@dataclass(frozen=True)
class Chooser:
    """Draws for one image; `pair_id` is its id or, in both images of a pair, the same one."""

    seed: int
    pair_id: str

    def draw(self, purpose: str) -> int:
        """A number from 0 to 2**64 - 1."""
        digest = sha256(f"{self.seed}:{purpose}:{self.pair_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big")

    def units(self, values: Mapping[str, Any], templates: Sequence[Template]) -> Iterator[Unit]:
        """All that the image can be asked but follow-ups, most wanted first.

        Openers come first: they tell what the picture shows. Else a family is wanted at random,
        one of twice the weight earlier in two of three images.
        """
        fitting = [one for one in templates if not one.follows and one.fits(values)]
        fitting.sort(key=lambda one: (not one.opener, self._rank(one)))
        for template in fitting:
            yield from self._of(template, values, {})

    def follow_ups(
        self, values: Mapping[str, Any], templates: Sequence[Template], asked: Sequence[Unit]
    ) -> Iterator[Unit]:
        """What can be asked right after a question of `asked`."""
        fitting = [one for one in templates if one.follows and one.fits(values)]
        for template in sorted(fitting, key=self._rank):
            earlier = next(self._earlier(template, asked), None)
            if earlier is None:
                continue
            slots = {EARLIER + name: earlier.slots.get(name) for name in template.from_earlier}
            for unit in self._of(template, values, slots):
                yield Unit(unit.questions, earlier)

    @staticmethod
    def _earlier(template: Template, asked: Sequence[Unit]) -> Iterator[Question]:
        """Questions of `asked` that it may follow."""
        for unit in asked:
            for question in unit.questions:
                family = question.template.family
                if {family, f"{family}:{question.case}"} & set(template.follows):
                    yield question

    def _rank(self, template: Template) -> tuple[float, str]:
        # The least of exponential draws is drawn in proportion to their rates.
        share = (self.draw(f"rank of {template.id}") + 1) / 2**64
        return -math.log(share) / template.weight, template.id

    def _of(
        self, template: Template, values: Mapping[str, Any], earlier: Mapping[str, Any]
    ) -> Iterator[Unit]:
        groups: list[list[dict[str, Any]]] = [[{}]]
        if template.kind is not None:
            groups = template.kind.draws(values, lambda what: self.draw(f"{what} of {template.id}"))
        number = 0
        for group in groups:
            if number + len(group) > len(template.wordings):  # no wording twice in an image
                return
            questions = []
            for drawn in group:
                slots = {**drawn, **earlier}
                case = template.case({**values, **slots})
                if case is not None:
                    questions.append(self._question(template, case, slots, number))
                number += 1
            if len(questions) == len(group):
                yield Unit(tuple(questions))

    def _question(
        self, template: Template, case: str, slots: Mapping[str, Any], number: int
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
