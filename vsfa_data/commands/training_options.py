"""Options of `vsfa-data train`: one for each setting of a run; which say nothing beside others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import MISSING
from typing import Annotated, Final

import typer

from vsfa_data.errors import UserError
from vsfa_data.train.settings import Settings, describe

_CLASHES: Final = (
    ("config", "arms", "--arms names the configs"),
    ("seed", "seeds", "--seeds names the seeds"),
    ("epochs", "max_steps", "--max-steps says how long the run is"),
)
"""An option, one beside which it would be ignored, and why."""


def given(context: typer.Context) -> set[str]:
    """Names of the options that stand on the command line."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def require_sense(found: Collection[str]) -> None:
    """Raise UserError for an option that would be ignored because another is there."""
    for name, other, why in _CLASHES:
        if {name, other} <= set(found):
            one, two = (f"--{each.replace('_', '-')}" for each in (name, other))
            raise UserError(f"{one} would be ignored beside {two}: {why}. Leave one of them out")


def names(option: str, text: str | None) -> list[str]:
    """What stands between commas. Raises UserError if that is nothing."""
    found = [part.strip() for part in text.split(",") if part.strip()] if text else []
    if text is not None and not found:
        raise UserError(f"{option} {text}: give names with commas, like threat,control")
    return found


def numbers(option: str, text: str | None) -> list[int]:
    """The same of whole numbers."""
    wanted = f"{option} {text}: give whole numbers with commas, like 0,1,2"
    try:
        found = [int(part) for part in text.split(",") if part.strip()] if text else []
    except ValueError:
        raise UserError(wanted) from None
    if text is not None and not found:
        raise UserError(wanted)
    return found


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with an option for each setting of a run, in the place of its `**given`."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[:-1]
    required, defaults = inspect.Parameter.empty, Settings.__dataclass_fields__
    for name, kind, say in describe():
        if name in {one.name for one in own}:
            continue
        default = defaults[name].default
        needed = default is MISSING
        own.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=Annotated[kind, typer.Option(help=say.meaning)],
                default=required if needed else default,
            )
        )
    command.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]  # read by typer
    command.__annotations__ = {one.name: one.annotation for one in own}
    return command
