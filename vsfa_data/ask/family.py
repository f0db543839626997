"""What a question template file may say.

A template is one question family: wordings of one question, wordings of its answer, what must
be known of an image before it can be asked, and examples of exact renderings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from vsfa_data.ask import render
from vsfa_data.ask.example import Example
from vsfa_data.ask.kinds import Choice, Kind, Presence, YesNo
from vsfa_data.ask.wordings import Wording, Wordings, check_variables
from vsfa_data.recipe import SEMVER
from vsfa_data.sections import Section

OTHERWISE: Final = "otherwise"
"""The case of `answers` that stands for every value which is not listed."""
EARLIER: Final = "earlier_"
"""What the names of an earlier question's slots begin with in its follow-ups."""


def _known_fact(name: str) -> str:
    if name not in render.FACT_NAMES:
        raise ValueError(f"unknown fact '{name}'. Choose from: {', '.join(render.FACT_NAMES)}")
    return name


Fact = Annotated[str, AfterValidator(_known_fact)]


Group = Literal[
    "object", "attribute", "count", "colour", "texture", "position", "setting", "composition",
    "lighting", "text", "activity", "comparison", "style", "description",
    "yes_no", "choice", "follow_up",
]  # fmt: skip


class Template(Section):
    """One question family."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """The file's name without its ending."""
    version: str = Field(pattern=SEMVER)
    """Raised whenever a wording changes."""
    family: str
    """The question family; the same as `id`, since a family is one file."""
    group: Group
    """What the question is about, or what kind of question it is."""
    description: str = Field(min_length=1, max_length=120)
    """One line that `vsfa-data templates` shows."""
    answer_source: Literal["labels", "pixels", "caption", "captioner"]
    """What the answer rests on; `captioner`: it is the model's own answer to the question."""
    opener: bool = False
    """Whether a conversation may naturally open with it."""
    weight: float = Field(1.0, gt=0.0, le=10.0)
    """How often it is wanted; 2: twice as often as most families."""
    requires: tuple[Fact, ...] = Field(min_length=1)
    """Facts that must be known."""
    optional: tuple[Fact, ...] = ()
    """Facts that wordings may use where they are known; null where not."""
    about: tuple[Fact, ...] = ()
    """Facts that the question is about, where these are not all that it requires."""
    presence: Presence | None = None
    """Asks after things that are there and that are not."""
    yes_no: YesNo | None = None
    """Asks whether a fact has a value."""
    choice: Choice | None = None
    """Asks which of several options is right."""
    follows: tuple[str, ...] = ()
    """Follow-up: families it is asked right after; `presence:absent` after that case only."""
    from_earlier: tuple[str, ...] = ()
    """Slots of the earlier question that wordings may use, as `earlier_thing` for `thing`."""
    answers_by: str | None = None
    """The fact or slot whose value chooses among the cases of `answers`."""
    wordings: tuple[Wording, ...] = Field(min_length=4)
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
            check_variables(key, texts, {*self.requires, *self.optional, *self.slots})
        self._check_kind()
        choosers = {None, *self.requires, *self.slots} - render.LISTS - {"options"}
        if self.answers_by not in choosers:
            raise ValueError(
                f"answers_by: '{self.answers_by}' is neither a required fact with one value nor "
                f"a slot"
            )
        if self._decides is None and set(self.answers) != {OTHERWISE}:
            raise ValueError("answers: cases need 'answers_by', which says what chooses them")
        if (self.group == "follow_up") != bool(self.follows):
            told = f"given {list(self.follows)}" if self.follows else "not given"
            raise ValueError(
                f"follows: {told} in group {self.group}; families to follow up go with the group "
                f"follow_up, and only with it"
            )
        shown = {self.case({**example.facts, **example.slots}) for example in self.examples}
        if missing := sorted(set(self.answers) - shown):
            raise ValueError(f"examples: none shows the case '{missing[0]}' of answers")
        return self

    @property
    def kind(self) -> Kind | None:
        """What beside a wording makes the question."""
        return self.presence or self.yes_no or self.choice

    @property
    def slots(self) -> tuple[str, ...]:
        """Names that wordings may use beside the facts."""
        earlier = tuple(EARLIER + name for name in self.from_earlier)
        return (*(self.kind.slots if self.kind else ()), *earlier)

    @property
    def _decides(self) -> str | None:
        return (self.kind.decides if self.kind else None) or self.answers_by

    def _check_kind(self) -> None:
        """At most one kind, whose facts are required and whose cases have answers."""
        if sum(one is not None for one in (self.presence, self.yes_no, self.choice)) > 1:
            raise ValueError("presence, yes_no, choice: a question is one of them at most")
        if self.kind is None:
            return
        if missing := sorted(self.kind.facts() - set(self.requires)):
            raise ValueError(f"requires: '{missing[0]}' is asked after and belongs here")
        if self.kind.decides and set(self.answers) != set(self.kind.cases):
            cases = " and ".join(self.kind.cases)
            raise ValueError(f"answers: with the slot '{self.kind.decides}' the cases are {cases}")
        named = self.kind.slots[0]
        for number, text in enumerate(self.wordings, 1):
            if named not in render.variables(text):
                raise ValueError(f"wordings: number {number} does not use the slot '{named}'")

    def _texts(self) -> list[tuple[str, tuple[str, ...]]]:
        return [("wordings", self.wordings), *self.named_answers()]

    def named_answers(self) -> list[tuple[str, tuple[str, ...]]]:
        """The wordings of each case of `answers`, under the key that the file has for them."""
        if set(self.answers) == {OTHERWISE}:
            return [("answers", self.answers[OTHERWISE])]
        return [(f"answers.{case}", texts) for case, texts in self.answers.items()]

    def case(self, values: Mapping[str, Any]) -> str | None:
        """The case of `answers` for these values, or None if there is no fitting answer."""
        value = values.get(self._decides) if self._decides else None
        case = value if isinstance(value, str) and value in self.answers else OTHERWISE
        return case if case in self.answers else None

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether all that it requires is known of the image."""
        return all(values[name] for name in self.requires)
