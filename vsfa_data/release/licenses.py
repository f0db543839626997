"""LICENSES.csv: one line per published image: where it is, its licence, and whom to credit."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from vsfa_data.release.rows import Row

NAME: Final = "LICENSES.csv"
COLUMNS: Final = (
    "image_id",
    "config",
    "split",
    "license",
    "license_url",
    "attribution",
    "title",
    "page_url",
    "source",
    "source_ref",
)
_MAX_CELL_CHARS: Final = 2**31 - 1
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""With the wide forms, which some spreadsheets read as the narrow ones."""


class LicenseList:
    """Writes the list while rows go by. Nothing is held."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, config: str, split: str, row: Row) -> None:
        """One published row."""
        said = (cell(row[name]) for name in COLUMNS[3:])
        self._writer.writerow([row["image_id"], config, split, *said])


def splits(path: Path) -> Iterator[tuple[str, str]]:
    """(image_id, split) of every line; none of a list that does not say.

    Raises UnicodeDecodeError or csv.Error for a file that is no such list.
    """
    csv.field_size_limit(_MAX_CELL_CHARS)  # titles may be of any length
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line.get("image_id") and line.get("split"):
                yield line["image_id"], line["split"]


def cell(value: str | None) -> str:
    """Text as a cell; a null is an empty one.

    Spreadsheets run a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break as a
    formula, some of them after spaces too. Such text, which others wrote, gets a `'` in front: what
    they show is the text.
    """
    if value is None:
        return ""
    return f"'{value}" if value.lstrip(" \u00a0").startswith(_FORMULA) else value
