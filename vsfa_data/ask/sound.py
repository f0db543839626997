"""Whether a template file is sound: its keys, its examples, and neutrality of every wording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vsfa_data.ask import faults, meaning, neutrality, render, template
from vsfa_data.errors import UserError


def check(path: Path, *, by_meaning: bool = True) -> template.Template:
    """The template in `path`. Raises UserError for the first thing that is wrong with it.

    Without `by_meaning` the text encoder is not asked.
    """
    loaded = template.load(path)
    for where, text in wordings(loaded, str(path)):
        if markup := faults.MARKUP.search(text):
            raise UserError(f"{path}: {where}: holds what a chat template may read: {markup[0]!r}")
        if term := neutrality.default().first_term(text):
            raise UserError(f"{path}: {where}: not neutral ('{term}'): {text}")
        if by_meaning and (judged := meaning.first_judgements([text])[0]) is not None:
            raise UserError(f"{path}: {where}: not neutral, by its meaning: {judged}")
    return loaded


def wordings(loaded: template.Template, origin: str) -> Iterator[tuple[str, str]]:
    """Key and text of every wording of questions and answers, as the first fitting example has it.

    Raises UserError for a wording that no example can fill.
    """
    for case, answers in loaded.answers.items():
        values = _values(loaded, case)
        for key, texts in (("wordings", loaded.wordings), (f"answers.{case}", answers)):
            for number, text in enumerate(texts, 1):
                where = f"{key}: number {number}"
                try:
                    yield where, render.fill(text, values)
                except render.ERRORS as error:
                    raise UserError(f"{origin}: {where}: cannot be rendered: {error}") from None


def _values(loaded: template.Template, case: str) -> dict[str, object]:
    """Facts and slots of the first example that has this case; every case has one."""
    for example in loaded.examples:
        values = render.values_of("", [], {}) | example.facts | example.slots
        if loaded.case(values) == case:
            return values
    raise AssertionError(case)
