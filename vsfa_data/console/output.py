"""What is printed without a layout: JSON goes to stdout, what is said to people to stderr."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from vsfa_data.errors import SetupError, printable


def print_json(value: Any) -> None:
    """One JSON object on stdout. Raises SetupError if what stdout leads to is full.

    Characters that could steer a terminal are escaped, wherever they came from.
    """
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    with result():
        typer.echo(text)


@contextmanager
def result() -> Iterator[None]:
    """For writing to stdout. Raises SetupError if that is full or has no such letters."""
    try:
        yield
    except UnicodeEncodeError as error:
        letter = ascii(error.object[error.start])
        raise SetupError(
            f"the result is made, but {error.encoding}, the encoding of stdout, has no {letter}. "
            f"Set PYTHONIOENCODING=utf-8, then run the same command again"
        ) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise  # a reader that has gone away is no error: the command line ends quietly
        raise SetupError(
            f"the result is made, but cannot be written to stdout ({error.strerror}). Free some "
            f"space, then run the same command again"
        ) from None


def answer(text: str) -> None:
    """One line on stdout, whatever is in it: a result. Raises SetupError as `print_json` does."""
    with result():
        typer.echo(printable(text))


def say(text: str) -> None:
    """One line on stderr, whatever is in it."""
    typer.echo(printable(text), err=True)
