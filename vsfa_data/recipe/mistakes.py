"""What is wrong with a recipe, in one line: file, key, what was given, what is allowed."""

from __future__ import annotations

import difflib
import reprlib
from typing import Any

from pydantic import ValidationError

from vsfa_data.sections import Section


def explain(error: ValidationError, origin: str, model: type[Section]) -> str:
    """The first problem of `error` in one line, and how many more there are."""
    problems = error.errors(include_url=False)
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
        given = f"given {reprlib.repr(first['input'])}; " if keys else ""  # not the whole recipe
        meaning = _describe(model, keys)
        messages = ", or ".join(dict.fromkeys(_worded(one, meaning) for one in same))
        what = f"{given}{messages}{meaning}"
    return f"{origin}: {path}: {what}" + (f" (and {more} more)" if more else "")


def _keys(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Keys of the recipe without what pydantic puts between them: `literal['all']`, `[key]`."""
    return tuple(key for key in place if isinstance(key, int) or not key.endswith("]"))


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
    parent = _field_at(model, keys[:-1]) if keys else None
    if isinstance(parent, type) and issubclass(parent, Section) and keys[-1] in parent.model_fields:
        text = parent.model_fields[str(keys[-1])].description
        return f". {' '.join(text.split())}" if text else ""
    return ""


def _worded(problem: Any, meaning: str) -> str:
    """What pydantic says, for people: what a pattern stands for is in the key's `meaning`."""
    if problem["type"] == "string_pattern_mismatch" and meaning:
        return "it is not of the right form"
    message = problem["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
    return str(message[:1].lower() + message[1:])


def kind_of(value: object) -> str:
    """What stands in the place of a mapping, in words."""
    return {list: "a list", str: "text", type(None): "empty"}.get(type(value), repr(value))
