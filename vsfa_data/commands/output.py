"""What commands share: JSON goes to stdout, what is said to people to stderr."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from vsfa_data.errors import SetupError, printable

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def print_json(value: Any) -> None:
    """One JSON object on stdout. Raises SetupError if what stdout leads to is full."""
    import json

    with result_on_stdout():
        typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


@contextlib.contextmanager
def result_on_stdout() -> Iterator[None]:
    """In it a result is written to stdout. Raises SetupError if what stdout leads to is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise  # a reader that has gone away is no error: the command line ends quietly
        raise SetupError(
            f"the result is made, but cannot be written to stdout ({error.strerror}). Free some "
            f"space, then run the same command again"
        ) from None


def say(text: str) -> None:
    """One line on stderr, whatever is in it."""
    typer.echo(printable(text), err=True)
