"""What is wrong with a recipe, in one line: file, key, what was given, what is allowed."""

from __future__ import annotations

import difflib
import json
import re
import reprlib
from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError

from vsfa_data.sections import Section

_SHOWN_KEYS: Final = 4
"""A mapping with more is a section of the recipe, which is too much to show."""
_PLAIN: Final = re.compile(r"[\w./-]+(?: [\w./-]+)*")
"""Text that needs no quotes in a list."""


def explain(error: ValidationError, origin: str, model: type[Section]) -> str:
    """The first problem of `error` in one line, and how many more there are."""
    problems = _innermost(error.errors(include_url=False))
    first, keys = problems[0], problems[0]["loc"]
    if first["type"] != "extra_forbidden":  # whose key is whatever the file says
        keys = _keys(keys)
    # What may be one thing or another has a problem for each of them.
    same = [one for one in problems if _keys(one["loc"]) == keys and one["input"] is first["input"]]
    more = len(problems) - len(same)
    path = ".".join(str(key) for key in keys) or "the recipe"
    if first["type"] == "extra_forbidden":
        known = _keys_at(model, keys[:-1])
        close = difflib.get_close_matches(str(keys[-1]), known, n=1)
        if len(keys) == 1:  # a key that was given without its section
            at = (name for name in known if keys[0] in _keys_at(model, (name,)))
            close = [f"{name}.{keys[0]}" for name in at] or close
        hint = f" Did you mean '{close[0]}'?" if close else ""
        what = f"unknown key.{hint} Allowed here: {', '.join(known)}"
    elif first["type"] == "missing":
        what = f"this key is required{_describe(model, keys)}"
    else:
        found, meaning = first["input"], _describe(model, keys)
        is_whole = not keys or (isinstance(found, dict) and len(found) > _SHOWN_KEYS)
        given = "" if is_whole else f"given {reprlib.repr(found)}; "
        entry = _field_at(model, (*keys, 0))
        messages = ", or ".join(dict.fromkeys(_worded(one, meaning, entry) for one in same))
        what = f"{given}{messages}{meaning}"
    return f"{origin}: {path}: {what}" + (f" (and {more} more)" if more else "")


def _keys(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Keys of the recipe without what pydantic puts between them: `literal['all']`, `[key]`."""
    return tuple(key for key in place if isinstance(key, int) or not key.endswith("]"))


def _innermost(problems: Sequence[Any]) -> Sequence[Any]:
    """`problems` without that a list is not the word that may stand in its place.

    So it is where an entry of the list, which is named too, is what is wrong.
    """
    keys = _keys(problems[0]["loc"])
    inner = [one for one in problems if _keys(one["loc"])[: len(keys)] == keys]
    inner = [one for one in inner if len(_keys(one["loc"])) > len(keys)]
    if not inner or not isinstance(problems[0]["input"], list):
        return problems
    return [*inner, *(one for one in problems if _keys(one["loc"])[: len(keys)] != keys)]


def _field_at(model: type[Section], keys: tuple[int | str, ...]) -> Any:
    """Annotation of the value at `keys`, or None where the path leaves the model."""
    here: Any = model
    for key in keys:
        if isinstance(key, int):
            arguments = getattr(here, "__args__", ())
            here = arguments[key] if key < len(arguments) else None
        elif isinstance(here, type) and issubclass(here, Section) and key in here.model_fields:
            here = here.model_fields[key].annotation
        else:
            return None
    return here


def _keys_at(model: type[Section], keys: tuple[int | str, ...]) -> list[str]:
    section = _field_at(model, keys)
    if isinstance(section, type) and issubclass(section, Section):
        return list(section.model_fields)
    return []


def _describe(model: type[Section], keys: tuple[int | str, ...]) -> str:
    while keys and isinstance(keys[-1], int):  # an entry means what its list does
        keys = keys[:-1]
    parent = _field_at(model, keys[:-1]) if keys else None
    if isinstance(parent, type) and issubclass(parent, Section) and keys[-1] in parent.model_fields:
        text = parent.model_fields[str(keys[-1])].description
        return f". {' '.join(text.split())}" if text else ""
    return ""


def _worded(problem: Any, meaning: str, entry: Any) -> str:
    """What pydantic says, for people: what a pattern stands for is in the key's `meaning`.

    `entry` is the annotation of a list's entries.
    """
    kind, given = problem["type"], problem["input"]
    if kind == "string_pattern_mismatch" and meaning:
        return "it is not of the right form"
    if kind == "tuple_type":
        return _as_list(given, entry)
    if kind == "model_type":
        return "it must be a mapping of keys to values"
    if kind == "string_type":
        return _quoted(given, str(problem["loc"][-1] if problem["loc"] else ""))
    if kind == "too_short":
        least = problem["ctx"]["min_length"]
        return f"at least {least} entr{'y is' if least == 1 else 'ies are'} needed"
    message = problem["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
    return str(message[:1].lower() + message[1:])


def _as_list(given: object, entry: Any) -> str:
    """How to write a single thing where a list is wanted."""
    if isinstance(entry, type) and issubclass(entry, Section):
        return f"write a list of mappings: [{{{next(iter(entry.model_fields))}: NAME, ...}}]"
    if isinstance(given, str | int | float) and _PLAIN.fullmatch(str(given)):
        return f"write a list: [{given}]"
    return f"write a list: [{json.dumps(given)}]" if isinstance(given, str) else "it must be a list"


def _quoted(given: object, key: str) -> str:
    """How to write what YAML takes for a number, but is text."""
    if not isinstance(given, int | float) or isinstance(given, bool):
        return "it must be text"
    numbers = str(given).split(".")
    if key == "version" and all(number.isdecimal() for number in numbers):
        return f'write "{".".join([*numbers, "0", "0"][:3])}"'
    return f'write it in quotes: "{given}"'


def kind_of(value: object) -> str:
    """What stands in the place of a mapping, in words."""
    return {list: "a list", str: "text", type(None): "empty"}.get(type(value), repr(value))
