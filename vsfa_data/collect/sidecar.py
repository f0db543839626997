"""The table beside a folder of images that says under which licence each of them stands."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from vsfa_data.collect import tabular
from vsfa_data.collect.tabular import CREDITS, Row, Tabular
from vsfa_data.errors import UserError

KINDS: Final = (".csv", ".jsonl", ".parquet")


class Credit(NamedTuple):
    """What is known of one image; None where nothing is."""

    title: str | None = None
    license: str | None = None
    license_url: str | None = None
    attribution: str | None = None


class Credits:
    """Credits by file, from the columns that a sidecar has.

    An empty cell means unknown. Where a sidecar lacks the row or the whole column, the folder's
    default stands.
    """

    def __init__(self, rows: Mapping[str, Credit], columns: frozenset[str]) -> None:
        self._rows, self._absent = rows, [name for name in CREDITS if name not in columns]

    def respelt(self, files: Iterable[str]) -> Credits:
        r"""The same with names as the folder has them, whose `files` these are.

        A name that is none of them may mean one that is spelt alike: with an accent in one
        character for one in two (macOS and Linux differ there), with `\` between folders, or with
        blanks round it.
        """
        odd = (n for n in self._rows if "\\" in n or not n.isascii() or n != n.strip())
        meant = {_plain(name.strip()): name for name in odd}
        if not meant:
            return self
        spelt: dict[str, list[str]] = {}
        for file in files:
            if (name := meant.get(_plain(file.strip()))) is not None:
                spelt.setdefault(name, []).append(file)
        news = {
            name: alike[0]
            for name, alike in spelt.items()
            if len(alike) == 1 and alike[0] not in self._rows
        }
        rows = {news.get(name, name): credit for name, credit in self._rows.items()}
        return Credits(rows, frozenset(CREDITS).difference(self._absent))

    @property
    def files(self) -> frozenset[str]:
        """The files that the sidecar speaks of, whether they are there or not."""
        return frozenset(self._rows)

    def of(self, file: str, default: Credit) -> Credit:
        """Credit of `file`, a path relative to the folder."""
        found = self._rows.get(file)
        if found is None:
            return default
        return found._replace(**{name: getattr(default, name) for name in self._absent})


def _plain(name: str) -> str:
    """One spelling for all that look alike."""
    return unicodedata.normalize("NFC", posixpath.normpath(name.replace("\\", "/")))


def require(path: Path) -> None:
    """Raise UserError if there is no such file."""
    _table(path)


def digest(path: Path) -> str:
    """Digest of the bytes of the sidecar at `path`. Raises UserError if it cannot be read."""
    return _table(path).digest()


def read(path: Path, root: Path) -> Credits:
    """Credits from the sidecar at `path` for the images below `root`.

    Its `file` is relative to `root`, or to the sidecar's own folder if that holds true of every
    row. Rows that say nothing at all are passed over. Raises UserError for a table that cannot be
    read, lacks `file`, names a file twice, has no credit column or a misspelt one.
    """
    if path.suffix.lower() not in KINDS:
        raise UserError(f"sidecar {path}: its name must end in .csv, .jsonl or .parquet")
    table = _table(path)
    try:
        rows, columns = _indexed(table.rows())
    except ValueError as error:
        raise table.unusable(str(error)) from None
    return Credits(_rebased(rows, path, root), columns)


def _table(path: Path) -> Tabular:
    if not path.is_file():
        raise UserError(
            f"sidecar {path} is not a file; set 'sidecar' of the source to a .csv, .jsonl or "
            f".parquet file, or leave it out"
        )
    return Tabular(path, "sidecar", "file")


def _indexed(table: Iterator[Row]) -> tuple[dict[str, Credit], frozenset[str]]:
    """Credit by file, and the columns that were seen. Raises ValueError."""
    rows: dict[str, Credit] = {}
    columns: set[str] = set()
    for number, row in enumerate(table, start=1):
        columns.update(row)
        if not any(row.values()):  # as spreadsheets leave them at the end
            continue
        file = posixpath.normpath(_file(row, number))
        if file in rows:
            raise ValueError(f"row {number} names {file!r} a second time; keep one row a file")
        rows[file] = Credit(*(tabular.credit(row, name, number) for name in CREDITS))
    return rows, frozenset(columns)


def _rebased(rows: dict[str, Credit], path: Path, root: Path) -> dict[str, Credit]:
    """`rows` with files relative to `root`, also if all of them start at the sidecar's folder."""
    inside, beside = root.resolve(), path.resolve().parent
    if inside == beside or not inside.is_relative_to(beside):
        return rows
    prefix = inside.relative_to(beside).as_posix() + "/"
    if not (inside / prefix).is_dir():
        for spelt in (str, _plain):
            if all(spelt(file).startswith(prefix) for file in rows):
                return {spelt(file).removeprefix(prefix): row for file, row in rows.items()}
    return rows


def _file(row: Row, number: int) -> str:
    if "file" not in row:
        raise ValueError(tabular.missing("file", row, "it has"))
    file = tabular.text(row, "file", number)
    if file is None:
        raise ValueError(f"row {number} has no 'file'")
    return file
