"""A command line that cannot be parsed, in one line: what was given, what is allowed, what next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

_WORDED: Final = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"it must be \1 or more"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"it must be \1 or less"),
    (re.compile(r"Input should be a valid integer.*"), "it must be a whole number"),
    (re.compile(r"Input should be a valid number.*"), "it must be a number"),
)
"""What the validation library says -> what is meant."""


def line(error: Any, arguments: Sequence[str]) -> str:
    """One line for the UsageError `error` of a command line with these `arguments`."""
    told, command = error.format_message(), _command(error, arguments)
    for pattern, worded in _WORDED:
        told = pattern.sub(worded, told)
    told = f"{told[:1].lower()}{told[1:]}".rstrip(".")
    head, colon, why = told.partition(": ")
    value = _given(getattr(error, "param", None), arguments)
    if head.startswith("invalid value for ") and colon and value is not None and value not in why:
        told = f"{head}: given {value[:60]!a}, {why}"
    return f"error: {told}{'' if told.endswith('?') else '.'} Run: {command} --help"


def _command(error: Any, arguments: Sequence[str]) -> str:
    """The command whose help tells more; the parser does not always say."""
    if error.ctx:
        return str(error.ctx.command_path)
    return " ".join(("vsfa-data", *(one for one in arguments[:1] if not one.startswith("-"))))


def _given(parameter: Any, arguments: Sequence[str]) -> str | None:
    """What stands behind the option; None for one that stands there otherwise, or not once."""
    names = {*getattr(parameter, "opts", ()), *getattr(parameter, "secondary_opts", ())}
    found = [after for name, after in pairwise(arguments) if name in names]
    for argument in arguments:
        name, equals, value = argument.partition("=")
        found += [value] if equals and name in names else []
    return found[0] if len(found) == 1 else None
