"""The stage that turns what is known of each image into a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from vsfa_data import tables
from vsfa_data.ask import grammar, neutrality, render, template
from vsfa_data.ask.choose import Chooser, Question, Unit
from vsfa_data.stages import MapStage, Output, Shard

if TYPE_CHECKING:
    from pathlib import Path

    from vsfa_data.recipe import Recipe

Row = dict[str, Any]
Problem = tuple[str, str]
"""Reason code and detail."""


class AskStage(MapStage):
    """Up to `ask.pairs_per_image` neutral questions about each image, with their answers.

    Reads:  caption, labels and facts of each image
    Writes: one row per pair; turns count from 0 within an image
    Drops:  repeated_question, not_neutral, empty_answer; unbalanced for the counterpart of one
    Raises: UserError for an unknown family or a mistake in a template file
    """

    name: ClassVar[str] = "ask"
    step: ClassVar[str] = "ask"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.CAPTIONS,)
    writes: ClassVar[tables.Table] = tables.PAIRS

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self._templates: tuple[template.Template, ...] = ()

    def settings(self) -> dict[str, Any]:
        """The section `ask` and the seed."""
        return {**self.recipe.ask.model_dump(mode="json"), "seed": self.recipe.seed}

    def identities(self) -> dict[str, str]:
        """sha256 of every file in use: templates, lexicon, nouns."""
        files: dict[str, Path] = {
            f"template {used.id}": template.path_of(used.id)
            for used in template.load_all(self.recipe.ask.families)
        }
        files |= {"lexicon": neutrality.LEXICON, "nouns": grammar.NOUNS}
        return {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}

    def open(self) -> None:
        """Load the templates and the lexicon."""
        self._templates = template.load_all(self.recipe.ask.families)
        neutrality.default()

    def process(self, shard: Shard) -> Output:
        """The conversations of one shard's images, in their order."""
        rows: list[Row] = []
        rejects: list[Row] = []
        for image in shard.read(tables.CAPTIONS).to_pylist():
            kept, dropped = self._converse(image)
            rows.extend(kept)
            rejects.extend(dropped)
        return Output(
            rows=tables.PAIRS.build(rows),
            rejects=tables.REJECTS.build(rejects),
            counted=len(rows) + len(rejects),
        )

    def _converse(self, image: Mapping[str, Any]) -> tuple[list[Row], list[Row]]:
        """Pairs and rejects of one image."""
        image_id: str = image["image_id"]
        chooser = Chooser(self.recipe.seed, image_id)
        values = render.values_of(image["caption"], image["labels"], image["facts"])
        pairs: dict[Question, tuple[str, str]] = {}
        rejects: list[Row] = []
        for unit in chooser.units(values, self._templates):
            if len(pairs) + len(unit) > self.recipe.ask.pairs_per_image:
                continue
            rendered = [question.render(values) for question in unit]
            asked = {text.casefold() for text, _ in pairs.values()}
            found = [_problem(text, answer, asked) for text, answer in rendered]
            if any(found):
                rejects.extend(self._rejected(image_id, unit, found))
            else:
                pairs.update(zip(unit, rendered, strict=True))
        ordered = chooser.order(list(pairs))
        return [_row(image_id, turn, q, pairs[q]) for turn, q in enumerate(ordered)], rejects

    def _rejected(self, image_id: str, unit: Unit, found: Sequence[Problem | None]) -> list[Row]:
        """Rejects for a whole unit: what has no problem of its own would be out of balance."""
        return [
            self.reject(
                problem[0] if problem else "unbalanced",
                image_id=image_id,
                detail=problem[1] if problem else question.template_id,
            )
            for question, problem in zip(unit, found, strict=True)
        ]


def _problem(question: str, answer: str, asked: set[str]) -> Problem | None:
    if not any(map(str.isalnum, answer)):
        return "empty_answer", "no letter and no digit"
    if question.casefold() in asked:
        return "repeated_question", question
    checker = neutrality.default()
    term = checker.first_term(question) or checker.first_term(answer)
    return ("not_neutral", term) if term else None


def _row(image_id: str, turn: int, question: Question, pair: tuple[str, str]) -> Row:
    return {
        "image_id": image_id,
        "turn": turn,
        "question": pair[0],
        "answer": pair[1],
        "family": question.template.family,
        "template_id": question.template_id,
        "template_version": question.template.version,
        "answer_source": question.template.answer_source,
    }
