"""Whether a template file is sound: its keys, its examples, and neutrality of all it may say."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from vsfa_data.ask import faults, fixed_text, meaning, render, template, vocabulary
from vsfa_data.ask.kinds import Choice, YesNo
from vsfa_data.errors import UserError

_STAND_IN: Final = "teapot"
"""What stands in a slot of which no example has a value that would itself be neutral."""


class Said(NamedTuple):
    """A text that a template may say, where it stands, and of which kind it is."""

    where: str
    text: str
    is_question: bool = False
    has_slot: bool = False


def check(path: Path, *, by_meaning: bool = True) -> template.Template:
    """The template in `path`. Raises UserError for the first thing that is wrong with it.

    Without `by_meaning` the text encoder is not asked.
    """
    loaded = template.load(path)
    _refuse_unknown_families(loaded, path)
    texts = list(said(loaded, str(path)))
    for one in texts:
        if markup := faults.MARKUP.search(one.text):
            told = f"holds what a chat template may read: {markup[0]!r}"
            raise UserError(f"{path}: {one.where}: {told}")
        if objection := _objection(one, loaded):
            raise UserError(f'{path}: {one.where}: {objection}: "{one.text}"')
    if by_meaning:
        meaning.learn(one.text for one in texts)
        for one in texts:
            if (judged := meaning.first_judgements([one.text])[0]) is not None:
                raise UserError(f'{path}: {one.where}: not neutral, by its meaning: "{judged}"')
    return loaded


def said(loaded: template.Template, origin: str) -> Iterator[Said]:
    """All that a template may say beside what slots bring: wordings in all their branches, options.

    Raises UserError for a wording of which that cannot be told.
    """
    values = _values(loaded)
    for key, texts in (("wordings", loaded.wordings), *loaded.named_answers()):
        for number, wording in enumerate(texts, 1):
            where = f"{key}: number {number}"
            slotted = bool(render.variables(wording))
            try:
                for text in fixed_text.texts(wording, values):
                    yield Said(where, text, key == "wordings", slotted)
            except render.ERRORS as error:
                raise UserError(f"{origin}: {where}: cannot be rendered: {error}") from None
    kind = loaded.kind
    if isinstance(kind, YesNo):
        yield from (Said("yes_no.values", value) for value in kind.values)
    if isinstance(kind, Choice) and isinstance(kind.others, tuple):
        yield from (Said("choice.others", value) for value in kind.others)


def _refuse_unknown_families(loaded: template.Template, path: Path) -> None:
    """Raise UserError unless each family that it follows ships, or is a file beside it."""
    for name in loaded.follows:
        family, _, case = name.partition(":")
        beside = path.with_name(f"{family}.yaml")
        if family not in template.names() and not beside.is_file():
            near = difflib.get_close_matches(family, template.names(), 1)
            meant = f"Did you mean '{near[0]}'? " if near else ""
            raise UserError(
                f"{path}: follows: there is no family '{family}'. {meant}Give one that "
                f"`vsfa-data templates` lists, or one of your own in {beside}"
            )
        own = beside.is_file() and family not in template.names()
        cases = template.load(beside if own else template.path_of(family)).answers
        if case and case not in cases:
            listed = ", ".join(cases)
            raise UserError(f"{path}: follows: '{family}' has no case '{case}'. It has: {listed}")


def _objection(one: Said, loaded: template.Template) -> str | None:
    if (found := vocabulary.objection(one.text)) is not None or not one.is_question:
        return found
    follows = loaded.group == "follow_up"
    return vocabulary.no_question(one.text, has_slot=one.has_slot, is_follow_up=follows)


def _values(loaded: template.Template) -> Mapping[str, Any]:
    """A neutral value for every slot: what an example has, if it is that; of lists the longest."""
    shown: dict[str, Any] = {}
    for example in reversed(loaded.examples):
        for name, value in {**example.facts, **example.slots}.items():
            # Every branch is looked at with these: also one that is for two colours or more.
            before = shown.get(name)
            if isinstance(value, list) and isinstance(before, list) and len(before) > len(value):
                continue
            if value is not None:
                shown[name] = _calm(value)
    return {name: _stand_in(name) for name in (*render.FACT_NAMES, *loaded.slots)} | shown


def _stand_in(name: str) -> Any:
    return [_STAND_IN, _STAND_IN] if name in render.LISTS or name == "options" else _STAND_IN


def _calm(value: Any) -> Any:
    if isinstance(value, list):
        return [_calm(one) for one in value]
    if isinstance(value, str) and vocabulary.objection(value) is not None:
        return _STAND_IN
    return value
