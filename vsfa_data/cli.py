"""The command line: parses, calls, prints. No logic lives here, and no heavy import."""

from __future__ import annotations

import itertools
import os
import sys
from typing import Annotated, Any, Final

import typer

from vsfa_data import __version__
from vsfa_data.commands import (
    calibrate,
    concepts,
    diff,
    export,
    hub_sim,
    misuse,
    models,
    push,
    recipes,
    rejects,
    replies,
    score,
    steps,
    templates,
    verify,
)
from vsfa_data.commands import train as training
from vsfa_data.console.output import say
from vsfa_data.errors import UserError

app = typer.Typer(
    name="vsfa-data",
    help="Build and verify datasets for Visual Self-Fulfilling Alignment.",
    epilog="Example:  vsfa-data build",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help answers twice as fast and reads well in a pipe
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _epilog(examples: tuple[str, ...]) -> str:
    return "Examples:\n\n" + "\n\n".join(examples)


for _step, _help in steps.HELP.items():
    _examples = _epilog(steps.EXAMPLES[_step])
    app.command(_step, help=_help, epilog=_examples)(steps.step_command(_step))
for _name, _module in {
    "verify": verify,
    "recipes": recipes,
    "templates": templates,
    "concepts": concepts,
    "score": score,
    "calibrate": calibrate,
    "diff": diff,
    "push": push,
    "export": export,
    "rejects": rejects,
    "replies": replies,
    "hub-sim": hub_sim,
    "models": models,
}.items():
    _command = getattr(_module, _name.replace("-", "_"))
    app.command(_name, epilog=_epilog(_module.EXAMPLES))(_command)
training.add_to(app, _epilog)


@app.callback(invoke_without_command=True)
def _options(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"vsfa-data {__version__}")
        raise typer.Exit


def _open_standard_streams() -> None:
    """Lead what is closed of stdin, stdout and stderr nowhere.

    Else the next file that is opened would take its number, and a child its place: the processes
    that decode pictures die of that.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest one


def _refuse_empty(arguments: list[str]) -> None:
    """Raise UserError for `--out "$DIR"` where DIR is not set: "" would mean the current folder."""
    for before, argument in itertools.pairwise(["vsfa-data", *arguments]):
        if not argument.strip():
            raise UserError(
                f"the argument after {before} is empty; say what you mean, or leave it out. "
                f"A shell variable may not be set"
            )


_MISUSED: Final[Any] = typer.BadParameter.__mro__[1]
"""UsageError: what typer raises for a wrong command line; it has no public name for it."""


def main() -> None:
    """Run it. Exit code 0: done; 2: the user's mistake, in one line; 1: a bug, its traceback."""
    _open_standard_streams()
    try:
        _refuse_empty(sys.argv[1:])
        sys.exit(app(standalone_mode=False))
    except typer.Abort:
        sys.exit(1)
    except _MISUSED as error:
        if sys.argv[1:]:
            say(misuse.line(error, sys.argv[1:]))
        else:
            error.show()
        sys.exit(2)
    except UserError as error:
        say(f"error: {error}")
        sys.exit(2)
