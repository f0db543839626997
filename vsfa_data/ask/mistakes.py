"""What is wrong with a template file, for whoever wrote it: what was given, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from vsfa_data.ask.example import Example
from vsfa_data.ask.family import OTHERWISE, Template
from vsfa_data.ask.kinds import Choice, Presence, YesNo

Told = Callable[[Any, Mapping[str, Any]], str]

_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "examples": Example,
    "presence": Presence,
    "yes_no": YesNo,
    "choice": Choice,
}
_PATTERNS: Final = {
    "version": "a version is three numbers, such as 1.0.0",
    "id": "a name is small letters, digits and _, and begins with a letter",
}
_TOLD: Final[Mapping[str, Told]] = {
    "too_short": lambda given, ctx: f"{len(given)} given, at least {ctx['min_length']} needed",
    "too_long": lambda given, ctx: f"{len(given)} given, at most {ctx['max_length']} allowed",
    "string_too_short": lambda _given, _ctx: "it is empty; a text is needed",
    "string_too_long": lambda given, ctx: (
        f"{len(given)} characters given, at most {ctx['max_length']} allowed"
    ),
    "literal_error": lambda given, ctx: f"given {_shown(given)}; allowed: {_bare(ctx['expected'])}",
    "greater_than": lambda given, ctx: f"given {_shown(given)}; more than {ctx['gt']:g} is needed",
    "greater_than_equal": lambda given, ctx: (
        f"given {_shown(given)}; at least {ctx['ge']:g} needed"
    ),
    "invalid_key": lambda given, _ctx: f"given {_shown(given)}; a key is a text, put it in quotes",
    "less_than_equal": lambda given, ctx: f"given {_shown(given)}; at most {ctx['le']:g} allowed",
}
_KINDS: Final = {
    "string": "a text, in quotes if it looks like a number",
    "tuple": "a list, such as [one, two]",
    "list": "a list, such as [one, two]",
    "dict": "keys with values, such as {key: value}",
    "mapping": "keys with values, such as {key: value}",
    "model": "keys with values, such as {key: value}",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number that ends",
    "bool": "true or false",
}


def explain(error: ValidationError, data: Mapping[str, Any]) -> str:
    """The first problem in one line. `data` is what the file says."""
    errors = error.errors(include_url=False)
    # A misspelt key is missing, too: the slip of the pen is told.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    where, kind, given = _place(first["loc"], data), first["type"], first["input"]
    context: Mapping[str, Any] = first.get("ctx", {})
    if kind == "extra_forbidden":
        model = _MODELS.get(str(first["loc"][0]), Template) if len(first["loc"]) > 1 else Template
        return f"{where}: unknown key. {_allowed(str(first['loc'][-1]), model)}"
    if kind == "missing":
        return f"{where}: this key is required"
    if kind == "value_error":
        # What one key cannot be does not name it; what keys cannot be together does.
        told = str(context["error"])
        return f"{where}: {told}" if len(first["loc"]) > 1 else told
    if kind == "string_pattern_mismatch":
        rule = _PATTERNS.get(str(first["loc"][-1]), f"it must match {context['pattern']}")
        return f"{where}: given {_shown(given)}; {rule}"
    if kind in _TOLD:
        return f"{where}: {_TOLD[kind](given, context)}"
    wanted = _KINDS.get(kind.partition("_")[0])
    if first["loc"][-1] == "version":
        wanted = "three numbers, such as 1.0.0"
    if first["loc"] == ("answers",):
        wanted = "a list, such as [one, two], or one for each case"
    told = f"it must be {wanted}" if wanted else str(first["msg"])
    return f"{where}: given {_shown(given)}; {told}"


def _place(loc: tuple[int | str, ...], data: Any) -> str:
    """Where the problem is, as the file has it: `examples: number 2: facts`."""
    said, there = "", data
    for at, key in enumerate(loc):
        inside, there = there, _inside(there, key)
        if isinstance(key, int):
            # Where names belong, it is a number that stands in the place of one.
            named = isinstance(inside, Mapping)
            said += f"{': ' if said else ''}key {key}" if named else f": number {key + 1}"
        elif at and key == OTHERWISE and not isinstance(data.get("answers"), Mapping):
            continue  # a plain list has no cases
        elif key == "[key]" or "[" in key or (at > 1 and key == "str"):
            continue  # pydantic's own names of what a value was tried as
        else:
            said += f"{'' if not said else ': ' if isinstance(loc[at - 1], int) else '.'}{key}"
    return said


def _inside(value: Any, key: int | str) -> Any:
    """What stands there, or `value` itself where pydantic has a step that the file has not."""
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return value


def _allowed(given: str, model: type[BaseModel]) -> str:
    """The nearest key if it is a slip of the pen, and all keys."""
    near = difflib.get_close_matches(given, model.model_fields, 1)
    meant = f"Did you mean '{near[0]}'? " if near else ""
    return f"{meant}Allowed here: {', '.join(model.model_fields)}"


def _shown(given: Any) -> str:
    return f"{given!r:.80}" if given is not None else "nothing"


def _bare(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")
