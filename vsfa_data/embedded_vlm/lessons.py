"""What the projector is taught: readings of pictures that nobody took, questions, answers.

A reading (projector.py) is all that the language model learns of a picture, and there are few
kinds of them. So they are drawn, not measured: no picture is needed, none can be learned by heart.
"""

from __future__ import annotations

import random
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from vsfa_data.embedded.article import with_article
from vsfa_data.embedded.categories import vocabulary
from vsfa_data.embedded_vlm.concepts import Concepts

FILE: Final = Path(__file__).with_name("lessons.yaml")
STATES: Final = ("sure", "either", "perhaps", "unknown")
"""In the projector's order."""
PRESENCE: Final = ("presence", "presence_short")


class Lesson(NamedTuple):
    """A question about a picture that is read so, and its answer."""

    question: str
    answer: str
    first: int
    second: int
    kind: int
    state: int
    family: str


class Thing(NamedTuple):
    """Something to ask after: its noun, and the classes that show it."""

    noun: str
    classes: frozenset[int]


class Teacher:
    """Draws lessons. The same seed draws the same ones."""

    def __init__(self, concepts: Concepts, seed: int = 0) -> None:
        self.concepts = concepts
        self.rules: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        self.random = random.Random(seed)  # noqa: S311  # no secret
        self.families = [name for name, rule in self.rules.items() if _is_family(rule)]
        self._shares = [self.rules[name]["share"] for name in self.families]

    def lesson(self, family: str | None = None, first: int | None = None) -> Lesson:
        """A lesson; of that `family`, about a picture of class `first`, if given."""
        family = family or self.random.choices(self.families, self._shares)[0]
        if first is None:
            first = self.random.randrange(len(self.concepts.names))
        state = self._weighted(self.rules["states"])
        second, kind = self._around(first, state)
        question = self.random.choice(self.rules[family]["asked"])
        if family in PRESENCE:
            thing = self.thing(first, there=self.random.random() < self.rules["there"])
            answer = self.presence(family, (first, second, kind), state, thing)
            question = question.format(thing=with_article(thing.noun))
        else:
            answer = self._named(family, (first, second, kind), state)
        none = len(self.concepts.names)
        return Lesson(
            question=question,
            answer=answer,
            first=none if state == "unknown" else first,
            second=none if state != "either" else second,
            kind=kind,
            state=STATES.index(state),
            family=family,
        )

    def thing(self, first: int, *, there: bool) -> Thing:
        """Something to ask after in a picture of class `first`: it is there, or it is not."""
        if there:
            own = [Thing(self.concepts.names[first], frozenset([first]))]
            wider = [one for one in self._kinds if first in one.classes]
            return self.random.choice(own + wider if wider else own)
        while True:
            found = self._other(first, self._weighted(self.rules["not_there"]))
            if first not in found.classes and found.noun != self.concepts.names[first]:
                return found

    def presence(self, family: str, read: tuple[int, int, int], state: str, thing: Thing) -> str:
        """Whether the thing is there, by what is read off the picture."""
        first, second, kind = read
        answers = self.rules[family][self._there(read, state, thing.classes)]
        words = {"thing": with_article(thing.noun), "bare": thing.noun}
        return self._filled(answers, words | self._words(first, second, kind))

    def _there(self, read: tuple[int, int, int], state: str, asked: frozenset[int]) -> str:
        """Which answer is right: the classifier's likeliest class may be wrong, a kind is not."""
        first, second, kind = read
        if state == "sure":
            return "present" if first in asked else "absent_named"
        possible = {first, second} if state == "either" else {first}
        if kind < len(self.concepts.kinds):
            possible |= self.concepts.members[kind]
            if self.concepts.members[kind] <= asked:
                return "present"
        elif state == "unknown":
            return "unknown"
        if state != "unknown" and first in asked:
            return "likely"
        return "unknown" if possible & asked else "absent"

    def _around(self, first: int, state: str) -> tuple[int, int]:
        """A rival of class `first`, and the kind that is sure beside it."""
        known = self.concepts
        own = known.kinds_of[first]
        near = self.random.choice(own)
        rivals = sorted(known.members[near] - {first})
        if not rivals or self.random.random() < 0.25:
            second = (first + self.random.randrange(1, len(known.names))) % len(known.names)
        else:
            second = self.random.choice(rivals)
        none = len(known.kinds)
        if state == "sure":
            return second, own[0]
        if state == "either":
            shared = [kind for kind in own if second in known.members[kind]]
            return second, shared[0] if shared else none
        return second, self.random.choice(own) if self.random.random() < 0.5 else none

    def _named(self, family: str, read: tuple[int, int, int], state: str) -> str:
        known = "_kind" if read[2] < len(self.concepts.kinds) else ""
        return self._filled(self.rules[family][state + known], self._words(*read))

    def _words(self, first: int, second: int, kind: int) -> dict[str, str]:
        names, kinds = self.concepts.names, self.concepts.kinds
        return {
            "a": with_article(names[first]),
            "b": with_article(names[second]),
            "kind": kinds[kind] if kind < len(kinds) else "",
        }

    def _filled(self, answers: list[str], words: dict[str, str]) -> str:
        text = self.random.choice(answers).format(**words)
        # A name alone stays as it is; a sentence begins with a capital.
        return text[:1].upper() + text[1:] if text.endswith(".") else text

    def _other(self, first: int, what: str) -> Thing:
        names = self.concepts.names
        if what == "everyday":
            return self.random.choice(self._everyday)
        if what == "kind":
            return self.random.choice(self._kinds)
        near = sorted(self.concepts.members[self.concepts.kinds_of[first][0]])
        at = self.random.choice(near) if what == "sibling" and len(near) > 1 else None
        at = self.random.randrange(len(names)) if at is None else at
        return Thing(names[at], frozenset([at]))

    def _weighted(self, weights: dict[str, float]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]

    @cached_property
    def _everyday(self) -> list[Thing]:
        return [Thing(noun, classes) for noun, classes in vocabulary().everyday.items()]

    @cached_property
    def _kinds(self) -> list[Thing]:
        known, askable = self.concepts, set(self.rules["askable"])
        return [
            Thing(noun, known.members[at])
            for at, noun in enumerate(known.kinds)
            if at in known.things or noun in askable
        ]


def _is_family(rule: Any) -> bool:
    return isinstance(rule, dict) and "asked" in rule
