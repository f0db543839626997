"""All that a question and its answer are held against before they are asked of an image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.ask import consistency, faults, grammar, meaning, neutrality
from vsfa_data.ask.render import TOLD
from vsfa_data.ask.verdicts import FOLDER, Verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from vsfa_data.ask.choose import Question
    from vsfa_data.ask.faults import Problem
    from vsfa_data.recipe import AskSection

FILES: Final[Mapping[str, Path]] = {
    "lexicon": neutrality.LEXICON,
    "nouns": grammar.NOUNS,
    "faults": faults.FILE,
    "consistency": consistency.FILE,
}
"""Word lists in use, by name."""
FREE: Final = frozenset({"caption", "captioner"})
"""Sources of answers that may be free text."""


def identities(section: AskSection) -> dict[str, str]:
    """The text encoder and what it was taught, if the recipe wants it."""
    return meaning.identities() if section.neutrality == "meaning" else {}


def require(section: AskSection) -> None:
    """Raise MissingExtraError without the text encoder, if the recipe wants it."""
    if section.neutrality == "meaning":
        meaning.require()


class Checker:
    """Finds the first problem of a pair. Free text is judged once for an image, not per pair."""

    def __init__(self, section: AskSection) -> None:
        self._section = section
        self._words = neutrality.default()

    def learn(self, told: Iterable[str], work: Path | None) -> None:
        """Read what a model worded of many images together. Verdicts are kept below `work`."""
        if self._section.neutrality == "meaning":
            kept = Verdicts(work / FOLDER, meaning.identities()) if work is not None else None
            meaning.learn(told, kept)

    def free_text(
        self, values: Mapping[str, Any], told: Sequence[Mapping[str, str]]
    ) -> dict[str, Problem | None]:
        """Fact that a model worded -> what is wrong with it."""
        ends = {TOLD + one["topic"]: one["end"] for one in told} | {"caption": "stop"}
        worded = {name: values[name] for name in ends if values[name]}
        found = {name: self._fault(text, ends[name]) for name, text in worded.items()}
        found |= {name: faults.EMPTY for name in ends if not values[name]}
        found |= {
            name: consistency.problem(name, text, values)
            for name, text in worded.items()
            if found[name] is None
        }
        if self._section.neutrality == "meaning":
            left = [name for name in worded if found[name] is None]
            judged = meaning.first_judgements([worded[name] for name in left])
            found |= {
                name: ("not_neutral_meaning", sentence)
                for name, sentence in zip(left, judged, strict=True)
                if sentence is not None
            }
        return found

    def _fault(self, text: str, end: str) -> Problem | None:
        if (found := faults.first_fault(text, end, self._section.max_words)) is not None:
            return found
        term = self._words.first_term(text)
        return ("not_neutral", term) if term else None

    def problem(
        self,
        question: Question,
        pair: tuple[str, str],
        values: Mapping[str, Any],
        free: Mapping[str, Problem | None],
    ) -> Problem | None:
        """What is wrong with a pair; `free` is what `free_text` found."""
        used = question.template
        if used.answer_source in FREE:
            for name in used.requires:
                if (found := free.get(name)) is not None:
                    return found
        if not any(map(str.isalnum, pair[1])):
            return faults.EMPTY
        if free and (markup := faults.MARKUP.search(" ".join(pair))):
            return "markup", markup[0]
        term = self._words.first_term(pair[0]) or self._words.first_term(pair[1])
        if term:
            return "not_neutral", term
        if free and question.case == "absent" and used.answer_source == "labels":
            texts = [values[name] for name in free if values[name]]
            if consistency.mentions(texts, question.slots["thing"]):
                return "contradicts_labels", f"{question.slots['thing']}: it is spoken of"
        return None

    @staticmethod
    def again(question: str, asked: set[str]) -> Problem | None:
        """The same question as one that was asked before."""
        return ("repeated_question", question) if question.casefold() in asked else None
