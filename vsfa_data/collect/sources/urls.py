"""Images at the addresses of a list, with their licences in its further columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from vsfa_data import resources
from vsfa_data.collect import tabular
from vsfa_data.collect.fetch.addresses import MAX_CHARACTERS
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.collect.tabular import CREDITS, Row, Tabular
from vsfa_data.errors import UserError
from vsfa_data.sections import Section

KINDS: Final = (".csv", ".jsonl", ".parquet", ".txt")


class UrlsSource(Source):
    """The addresses in a list, in the order of its rows.

    A list is CSV with a header, JSON lines, Parquet, or plain text with one address a line.
    Besides the address, it may have the columns title, license, license_url and attribution; an
    empty cell means unknown, and other columns are ignored. `source_ref` is the address. A row
    without an address, or with that of an earlier row, counts as rejected.
    Memory: about a hundred bytes an address, by which repeated ones are known.
    """

    class Options(Section):
        """What a recipe may say of a list of addresses."""

        path: str = Field(min_length=1)
        """List of addresses: a .csv, .jsonl, .parquet or .txt file."""
        column: str = Field("url", min_length=1)
        """Column of the list that holds the addresses."""
        license: str | None = Field(None, min_length=1)
        """Licence of the images, where the list has no such column."""
        license_url: str | None = Field(None, min_length=1)
        """Address of that licence's text, where the list has no such column."""
        attribution: str | None = Field(None, min_length=1)
        """Whom to credit, where the list has no such column."""

    options: Options

    def iterate(self) -> Iterator[Candidate]:
        """One candidate a row. Raises UserError if the list is not what it should be."""
        table, seen = self._table(), set[bytes]()
        for number, row in enumerate(_rows(table), start=1):
            known = {name: self._credit(row, name, number) for name in CREDITS}
            yield _candidate(row.get(table.key), number, seen, known)

    def require(self) -> None:
        """Refuse a list that is not there."""
        self._table()

    def snapshot(self) -> str:
        """Digest of the list's bytes, and its kind, which its name tells."""
        return f"{self._path().suffix.lower()}:{self._table().digest()}"

    def length(self) -> int:
        """Number of rows; counting them shows a mistake in the list before work begins."""
        state = self._path().stat() if self._path().is_file() else None
        return _counted(self._table(), state and (state.st_size, state.st_mtime_ns))

    def _path(self) -> Path:
        return resources.inside(self.options.path).absolute()

    def _table(self) -> Tabular:
        path = self._path()
        if path.suffix.lower() not in KINDS or not path.is_file():
            raise UserError(
                f"list of addresses {path} is not a {', '.join(KINDS[:-1])} or {KINDS[-1]} file; "
                f"set 'path' of the source to one"
            )
        return Tabular(path, "list of addresses", self.options.column, needs_credit=False)

    def _credit(self, row: Row, name: str, number: int) -> str | None:
        if name in row:
            return tabular.credit(row, name, number)
        default: str | None = getattr(self.options, name, None)
        return default


def _rows(table: Tabular) -> Iterator[Row]:
    """The rows of `table`, at least one, with credits that are text. Raises UserError."""
    number = 0
    for number, row in enumerate(table.rows(), start=1):
        try:
            for name in CREDITS:
                tabular.text(row, name, number)
        except ValueError as error:
            raise table.unusable(str(error)) from None
        yield row
    if not number:
        raise table.unusable("it has no rows; put one address into each")


@lru_cache(maxsize=16)
def _counted(table: Tabular, _state: tuple[int, int] | None) -> int:
    return sum(1 for _ in _rows(table))


def _candidate(url: object, number: int, seen: set[bytes], known: dict[str, Any]) -> Candidate:
    """The candidate of row `number`; `seen` are digests of the addresses before it."""
    text = url.strip() if isinstance(url, str) else ""
    try:
        key = hashlib.blake2b(text.encode(), digest_size=16).digest()
    except UnicodeEncodeError:  # a lone surrogate, which JSON may hold
        text = ""
    if not text or len(text) > MAX_CHARACTERS:
        detail = f"longer than {MAX_CHARACTERS} characters" if text else "no address"
        return Candidate(f"row {number}", reason="bad_url", detail=detail, **known)
    if key in seen:
        return Candidate(f"{text} (row {number})", reason="repeated_address", **known)
    seen.add(key)
    return Candidate(text, url=text, **known)
