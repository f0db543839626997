"""Lines, and rows of CSV, of a file that a stranger wrote: what is wrong is told with its place."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

MAX_LINE: Final = 1_000_000
"""Characters in one line, at most."""

MAX_CELL: Final = 131_072
"""Characters in one cell of CSV, at most: Python's own limit, which other code may have moved."""


def of(file: TextIO) -> Iterator[str]:
    """The lines of `file`. Raises ValueError for one of more than MAX_LINE characters."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise ValueError(
                f"line {number} has more than {MAX_LINE:,} characters; shorten or remove it"
            )
        yield line


def cells(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of CSV, each with the number of its last line.

    Raises ValueError that says where a row begins that cannot be read.
    """
    reader = csv.reader(lines, strict=True)
    while True:
        begins = reader.line_num + 1
        others = csv.field_size_limit(MAX_CELL)  # one for the whole process
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise ValueError(f"the row at line {begins} {_wrong(str(error))}") from None
        finally:
            csv.field_size_limit(others)
        if row is None:
            return
        yield reader.line_num, row


def _wrong(error: str) -> str:
    """What is wrong with a row, from what the reader says of it."""
    if "field limit" in error:
        most = f"has a cell of more than {MAX_CELL:,} characters"
        return f"{most}; shorten it, or close its double quote if one is missing"
    if "unexpected end" in error:
        return "has a double quote that is never closed; close it, or write it twice in a cell"
    return f"is not CSV: {error}; put cells that hold quotes between double quotes, each twice"
