"""What a question template file may say.

A template is one question family: wordings of one question, wordings of its answer, what must
be known of an image before it can be asked, and examples of exact renderings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

import jinja2
from pydantic import Field, field_validator, model_validator

from vsfa_data.ask import render
from vsfa_data.recipe import SEMVER
from vsfa_data.sections import Section

OTHERWISE: Final = "otherwise"
"""The case of `answers` that stands for every value which is not listed."""

Fact = Literal[
    "caption",
    "labels",
    "subject",
    "category",
    "absent",
    "colours",
    "brightness",
    "orientation",
    "framing",
    "background",
]
Wordings = Annotated[tuple[str, ...], Field(min_length=1)]


class Example(Section):
    """Facts and wording numbers, and exactly what they must render to."""

    facts: dict[str, Any]
    """What is known of the image; what is not listed is not known."""
    slots: dict[str, str] = Field(default_factory=dict)
    """Values of the template's slots."""
    wording: int = Field(ge=1)
    """Number of the question's wording, from 1."""
    answer_wording: int = Field(ge=1)
    """Number of the answer's wording within its case, from 1."""
    question: str
    answer: str


class Template(Section):
    """One question family."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """The file's name without its ending."""
    version: str = Field(pattern=SEMVER)
    """Raised whenever a wording changes."""
    family: str
    """The question family; the same as `id`, since a family is one file."""
    group: Literal[
        "object", "attribute", "colour", "composition", "setting", "description", "presence"
    ]
    """What the question is about."""
    description: str = Field(min_length=1, max_length=120)
    """One line that `vsfa-data templates` shows."""
    answer_source: Literal["labels", "pixels", "caption"]
    """What the answer rests on."""
    opener: bool = False
    """Whether a conversation may naturally open with it."""
    requires: tuple[Fact, ...] = Field(min_length=1)
    """Facts that must be known."""
    optional: tuple[Fact, ...] = ()
    """Facts that wordings may use where they are known; null where not."""
    slots: tuple[Literal["thing", "presence"], ...] = ()
    """`thing`: what the question asks after; `presence`: `present` or `absent`."""
    answers_by: str | None = None
    """The fact or slot whose value chooses among the cases of `answers`."""
    wordings: tuple[str, ...] = Field(min_length=4)
    """The question, worded in several ways."""
    answers: dict[str, Wordings]
    """Case -> the answer, worded in several ways. A plain list is the case `otherwise`."""
    examples: tuple[Example, ...] = Field(min_length=1)
    """Checked whenever the file is loaded; every case of `answers` has one."""

    @field_validator("answers", mode="before")
    @classmethod
    def _plain_list(cls, value: object) -> object:
        return {OTHERWISE: value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key, texts in self._texts():
            _check_variables(key, texts, {*self.requires, *self.optional, *self.slots})
        if self.slots:
            self._check_presence()
            for number, text in enumerate(self.wordings, 1):
                if "thing" not in render.variables(text):
                    raise ValueError(f"wordings: number {number} does not use the slot 'thing'")
        choosers = {None, *self.requires, *self.slots} - {"labels", "absent", "colours"}
        if self.answers_by not in choosers:
            raise ValueError(
                f"answers_by: '{self.answers_by}' is neither a required fact with one value nor "
                f"a slot"
            )
        if self.answers_by is None and set(self.answers) != {OTHERWISE}:
            raise ValueError("answers: cases need 'answers_by', which says what chooses them")
        shown = {self.case({**example.facts, **example.slots}) for example in self.examples}
        if missing := sorted(set(self.answers) - shown):
            raise ValueError(f"examples: none shows the case '{missing[0]}' of answers")
        return self

    def _check_presence(self) -> None:
        """Whoever asks after things has an answer for those that are there and those not."""
        if set(self.slots) != {"thing", "presence"} or self.answers_by != "presence":
            raise ValueError("slots: 'thing' and 'presence' go together, with answers_by: presence")
        if set(self.answers) != {"present", "absent"}:
            raise ValueError("answers: with the slot 'presence' the cases are present and absent")
        if not {"labels", "absent"} <= set(self.requires):
            raise ValueError("requires: with the slot 'presence' it lists labels and absent")

    def _texts(self) -> list[tuple[str, tuple[str, ...]]]:
        cases = [(f"answers.{case}", texts) for case, texts in self.answers.items()]
        return [("wordings", self.wordings), *cases]

    def case(self, values: Mapping[str, Any]) -> str | None:
        """The case of `answers` for these values, or None if there is no fitting answer."""
        value = values.get(self.answers_by) if self.answers_by else None
        case = value if value in self.answers else OTHERWISE
        return case if case in self.answers else None

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether all that it requires is known of the image."""
        return all(values[name] for name in self.requires)


def _check_variables(key: str, texts: tuple[str, ...], allowed: set[str]) -> None:
    for number, text in enumerate(texts, 1):
        if text in texts[: number - 1]:
            raise ValueError(f"{key}: number {number} repeats an earlier wording")
        try:
            unknown = sorted(render.variables(text) - allowed)
        except jinja2.TemplateSyntaxError as error:
            raise ValueError(f"{key}: number {number}: {error.message}") from None
        if unknown:
            raise ValueError(
                f"{key}: number {number} uses '{unknown[0]}', which is in none of requires, "
                f"optional and slots"
            )
