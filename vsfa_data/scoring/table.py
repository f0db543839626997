"""A CSV file that appears whole or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vsfa_data.errors import SetupError, UserError


@contextmanager
def writing(path: Path, columns: Sequence[str]) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Gives a function that writes one row; the file takes its name when the block ends well.

    A table of the same columns is replaced. Raises UserError for any other file of that name,
    SetupError where nothing can be written.
    """
    _check(path, columns)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = fresh.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise SetupError(f"{path} cannot be written ({error.strerror})") from None
    try:
        with stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            yield writer.writerow
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _check(path: Path, columns: Sequence[str]) -> None:
    if path.is_dir():
        raise UserError(f"{path} is a folder; give a file for the table")
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            first = stream.readline(10_000).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        first = "something else"
    if first not in ("", ",".join(columns)):
        raise UserError(f"{path} exists and is no table of this kind: give another name")
