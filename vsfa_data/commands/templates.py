"""`vsfa-data templates`: the question families, and whether a file of one's own is sound."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, result, say
from vsfa_data.errors import UserError

if TYPE_CHECKING:
    from vsfa_data.ask.template import Template

EXAMPLES: Final = (
    "vsfa-data templates",
    "vsfa-data templates presence",
    "vsfa-data templates --group colour",
    "vsfa-data templates --check my-question.yaml",
    "vsfa-data templates --json",
)


def templates(
    family: Annotated[
        str | None, typer.Argument(help="Show all of this family: its wordings and answers.")
    ] = None,
    *,
    group: Annotated[
        str | None, typer.Option(metavar="GROUP", help="List the families of this group only.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only say whether this file is sound.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the question families, with an example of each."""
    if check is not None:
        _check(check, as_json=as_json)
        return
    found = _chosen(family, group)
    if as_json:
        print_json({one.id: _as_json(one) for one in found})
    elif family is not None:
        _print(_whole(found[0]))
    else:
        _print(_list(found))


def _chosen(family: str | None, group: str | None) -> Sequence[Template]:
    """The families asked for. Raises UserError if there are none."""
    from vsfa_data.ask import template

    if family is not None:
        if group is not None:
            raise UserError(
                f"--group {group} lists families, and '{family}' is one: give one of the two"
            )
        if family not in template.names() and not family.endswith(".yaml"):
            near = difflib.get_close_matches(family, template.names(), 1)
            meant = f"Did you mean '{near[0]}'? " if near else ""
            raise UserError(f"there is no family '{family}'. {meant}Run: vsfa-data templates")
        return template.load_all((family,))
    every = template.load_all("all")
    found = [one for one in every if group in {None, one.group}]
    if not found:
        known = ", ".join(dict.fromkeys(one.group for one in every))
        raise UserError(f"--group: given '{group}'; choose from: {known}")
    return found


def _list(found: Sequence[Template]) -> Iterator[str]:
    """A line a family: group, name, number of wordings, an example."""
    name, group = (max(len(getattr(one, key)) for one in found) for key in ("id", "group"))
    for one in sorted(found, key=lambda one: (one.group, one.id)):
        known = f"{one.group:<{group}}  {one.id:<{name}}  {len(one.wordings)} wordings"
        yield f"{known}  {one.examples[0].question}"
    wordings = sum(len(one.wordings) for one in found)
    yield f"{len(found)} families, {wordings} wordings. All of one: vsfa-data templates NAME"


def _whole(one: Template) -> Iterator[str]:
    """All that there is to know of a family."""
    yield f"{one.id} {one.version}: {one.description}"
    yield f"group {one.group}; answered by {one.answer_source}; needs {', '.join(one.requires)}"
    if one.follows:
        yield f"follows {', '.join(one.follows)}"
    for key, texts in (("wordings", one.wordings), *one.named_answers()):
        yield f"{key}:"
        yield from (f"  {text}" for text in texts)
    yield "examples:"
    for example in one.examples:
        yield f"  {example.question} {example.answer}"


def _print(lines: Iterator[str]) -> None:
    """Each in one line on stdout: on a terminal as much of it as fits there."""
    from vsfa_data.console import streams

    with result():
        for line in lines:
            width = streams.stdout.width if streams.stdout.is_terminal else len(line)
            typer.echo(line if len(line) <= width else f"{line[: width - 1]}\u2026")


def _as_json(one: Template) -> dict[str, Any]:
    said: dict[str, Any] = one.model_dump(mode="json", exclude={"id", "family"}, exclude_none=True)
    return said


def _check(path: Path, *, as_json: bool) -> None:
    """Raises UserError in one line for the first thing that is wrong with the file."""
    from vsfa_data.ask import sound
    from vsfa_data.console import streams

    with streams.stderr.status("asking the text encoder what its wordings mean"):
        checked = sound.check(path)
    if as_json:
        print_json({"sound": True, "id": checked.id, "version": checked.version})
        return
    answers = sum(map(len, checked.answers.values()))
    say(
        f"{path}: sound. {len(checked.wordings)} wordings of the question, {answers} of its "
        f"answers; {len(checked.examples)} examples come out as written; all are neutral"
    )
