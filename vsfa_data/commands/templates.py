"""`vsfa-data templates`: the question families, and whether a file of one's own is sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from vsfa_data.commands.output import AsJson, print_json, say

EXAMPLES: Final = (
    "vsfa-data templates",
    "vsfa-data templates --check my-question.yaml",
    "vsfa-data templates --json",
)


def templates(
    *,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only say whether this file is sound.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the question families, with an example of each."""
    from vsfa_data import console
    from vsfa_data.ask import template

    if check is not None:
        _check(check, as_json=as_json)
        return
    found = template.load_all("all")
    if as_json:
        print_json({one.id: one.description for one in found})
        return
    rows = [
        (one.id, one.group, one.answer_source, one.examples[0].question, one.examples[0].answer)
        for one in found
    ]
    columns = ("name", "group", "answered by", "question", "answer")
    console.show_table("question families", columns, rows)


def _check(path: Path, *, as_json: bool) -> None:
    """Raises UserError in one line for the first thing that is wrong with the file."""
    from vsfa_data.ask import sound

    checked = sound.check(path)
    if as_json:
        print_json({"sound": True, "id": checked.id, "version": checked.version})
        return
    answers = sum(map(len, checked.answers.values()))
    say(
        f"{path}: sound. {len(checked.wordings)} wordings of the question, {answers} of its "
        f"answers; {len(checked.examples)} examples come out as written; all are neutral"
    )
