"""LICENSES.csv: one line per published image, with its licence and whom to credit."""

from __future__ import annotations

import csv
from typing import Final, TextIO

from vsfa_data.release.rows import Row

COLUMNS: Final = (
    "image_id",
    "config",
    "license",
    "license_url",
    "attribution",
    "title",
    "page_url",
    "source",
    "source_ref",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class LicenseList:
    """Writes the list while rows go by. Nothing is held."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, config: str, row: Row) -> None:
        """One published row."""
        self._writer.writerow([config if name == "config" else cell(row[name]) for name in COLUMNS])


def cell(value: str | None) -> str:
    """Text as a cell; a null is an empty one.

    Spreadsheets run a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break as a
    formula. Such text, which others wrote, gets a `'` in front: what they show is the text.
    """
    if value is None:
        return ""
    return f"'{value}" if value.startswith(_FORMULA) else value
