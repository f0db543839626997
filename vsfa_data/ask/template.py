"""Finding and loading question templates, and saying what is wrong with one.

Every example of a file is rendered when the file is loaded: it must come out exactly as written.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from vsfa_data import resources
from vsfa_data.ask import mistakes, render
from vsfa_data.ask.example import Example
from vsfa_data.ask.family import Template
from vsfa_data.errors import UserError, printable
from vsfa_data.plain_yaml import plain_yaml

__all__ = ["Template", "files", "load", "load_all", "names", "path_of"]


def names() -> tuple[str, ...]:
    """Names of all question families, sorted."""
    return tuple(sorted(path.stem for path in resources.folder("templates").glob("*.yaml")))


def path_of(family: str) -> Path:
    """The file of a question family that ships with the toolkit."""
    return resources.folder("templates") / f"{family}.yaml"


def files(families: Literal["all"] | tuple[str, ...]) -> dict[str, Path]:
    """Family -> its file, sorted by name. An entry that ends in .yaml is a file of one's own.

    Raises UserError for a family that does not exist, with the names of those that do.
    """
    known = names()
    found: dict[str, Path] = {}
    for family in known if families == "all" else families:
        own = family.endswith(".yaml")
        path = resources.user_path(family) if own else path_of(family)
        if not own and family not in known:
            raise UserError(
                f"ask.families: unknown question family '{family}'. "
                f"Choose from: {', '.join(known)}. Run: vsfa-data templates"
            )
        if found.setdefault(path.stem, path) != path:
            raise UserError(f"ask.families: two files are called '{path.stem}': rename yours")
    return dict(sorted(found.items()))


def load_all(families: Literal["all"] | tuple[str, ...]) -> tuple[Template, ...]:
    """The templates of `families`, sorted by name, their examples checked.

    Raises UserError as `files` does, and for the first thing that is wrong with a file.
    """
    return tuple(load(path) for path in files(families).values())


@cache
def load(path: Path) -> Template:
    """One template file, checked. Raises UserError in one line that names the file and key."""
    data = _read(path)
    if not isinstance(data, dict):
        raise UserError(f"{path}: a template has keys with values, such as 'id: {path.stem}'")
    try:
        template = Template.model_validate(data)
    except ValidationError as error:
        raise UserError(f"{path}: {printable(mistakes.explain(error, data))}") from None
    for key, value in (("id", template.id), ("family", template.family)):
        if value != path.stem:
            told = f"given {value!r:.80}; it must be the file's name, '{path.stem}'"
            raise UserError(f"{path}: {key}: {told}")
    for number, example in enumerate(template.examples, 1):
        _check_example(template, example, f"{path}: examples: number {number}")
    return template


def _read(path: Path) -> Any:
    """What a file says, as plain values. Raises UserError if it cannot be read or is no YAML."""
    if path.is_dir():
        raise UserError(f"{path}: a folder; give a template file, which ends in .yaml")
    try:
        return plain_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        place = f" (line {where.line + 1}, column {where.column + 1})" if where else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise UserError(f"{path}: not valid YAML: {problem}{place}") from None
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        told = f"byte {error.start + 1} is not UTF-8; save the file as UTF-8 text"
        raise UserError(f"{path}: cannot be read as a template: {told}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def _check_example(template: Template, example: Example, where: str) -> None:
    if unknown := sorted(set(example.facts) - set(render.FACT_NAMES)):
        known = ", ".join(render.FACT_NAMES)
        raise UserError(f"{where}: facts: unknown fact '{unknown[0]}'. Choose from: {known}")
    for name, value in example.facts.items():
        if (name in render.LISTS) != isinstance(value, list) and value is not None:
            wanted = "a list, such as [one, two]" if name in render.LISTS else "one value, no list"
            raise UserError(f"{where}: facts.{name}: given {value!r:.80}; it must be {wanted}")
    if set(example.slots) != set(template.slots):
        raise UserError(f"{where}: slots: give exactly {', '.join(template.slots) or 'none'}")
    values = render.values_of("", [], {}) | example.facts | example.slots
    case = template.case(values)
    if case is None:
        raise UserError(f"{where}: no case of answers fits its facts")
    answers = template.answers[case]
    for key, texts, wording, wanted in (
        ("question", template.wordings, example.wording, example.question),
        ("answer", answers, example.answer_wording, example.answer),
    ):
        if wording > len(texts):
            raise UserError(f"{where}: there is no {key} wording {wording}, only {len(texts)}")
        try:
            got = render.fill(texts[wording - 1], values)
        except render.ERRORS as error:
            raise UserError(f"{where}: {key}: cannot be rendered: {error}") from None
        if got != wanted:
            raise UserError(f"{where}: {key}: renders as {got!r}, not as {wanted!r}")
