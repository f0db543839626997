"""What commands share: JSON goes to stdout, everything for people to stderr."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vsfa_data.errors import printable

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """One line on stderr, whatever is in it."""
    typer.echo(printable(text), err=True)
