"""The table beside a folder of images that says under which licence each of them stands.

A sidecar is CSV with a header, JSON lines, or Parquet, and comes from strangers: it is read as
text and nothing in it is opened, fetched or run.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import posixpath
import sys
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from vsfa_data.errors import UserError

COLUMNS: Final = ("title", "license", "license_url", "attribution")
"""What a sidecar may say of an image, besides its `file`; other columns are ignored."""

_CLOSE: Final = 0.85
"""Likeness (difflib's ratio) from which a column counts as a misspelt one of COLUMNS.

`licence` has 0.857; `attribution_url` and `license_id`, which are columns of their own, less.
"""
_REMOTELY_CLOSE: Final = 0.6
"""The same where a table has no credit column at all and is refused anyway."""


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
        self._rows, self._absent = rows, [name for name in COLUMNS if name not in columns]

    def has(self, file: str) -> bool:
        """Whether the sidecar speaks of `file`."""
        return file in self._rows

    def of(self, file: str, default: Credit) -> Credit:
        """Credit of `file`, a path relative to the folder."""
        found = self._rows.get(file)
        if found is None:
            return default
        return found._replace(**{name: getattr(default, name) for name in self._absent})


def checked(path: Path) -> Path:
    """`path` if it is a file; else raises UserError."""
    if not path.is_file():
        raise UserError(
            f"sidecar {path} is not a file; set 'sidecar' of the source to a .csv, .jsonl or "
            f".parquet file, or leave it out"
        )
    return path


def digest(path: Path) -> str:
    """Digest of the bytes of the sidecar at `path`. Raises UserError if it cannot be read."""
    try:
        with checked(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unusable(path, str(error)) from None


def read(path: Path, root: Path) -> Credits:
    """Credits from the sidecar at `path` for the images below `root`.

    Its `file` is relative to `root`, or to the sidecar's own folder if that holds true of every
    row. Raises UserError for a table that cannot be read, lacks `file`, names a file twice, has
    no credit column or a misspelt one.
    """
    reader = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"sidecar {path}: its name must end in .csv, .jsonl or .parquet")
    try:
        rows, columns = _indexed(reader(checked(path)))
    except UnicodeDecodeError as error:
        raise _unusable(path, f"it is not UTF-8 ({error}); save it as UTF-8") from None
    except (OSError, ValueError, csv.Error) as error:
        raise _unusable(path, str(error)) from None
    return Credits(_rebased(rows, path, root), columns)


def _unusable(path: Path, reason: str) -> UserError:
    """One line; what a terminal would obey is escaped, as the table comes from strangers."""
    line = " ".join(reason.split())
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in line
    )
    return UserError(f"sidecar {path} cannot be used: {shown}")


def misspelt(name: str, likeness: float = _CLOSE) -> str | None:
    """Which of COLUMNS `name` must be meant for, though it is none of them; or None."""
    plain = name[:80].casefold().replace(" ", "_").replace("-", "_")
    meant = get_close_matches(plain, COLUMNS, n=1, cutoff=likeness)
    return meant[0] if meant and name not in COLUMNS else None


def _check_columns(names: Collection[str]) -> None:
    """Refuse columns from which credits would be lost without a word. Raises ValueError."""
    has_credit = not set(COLUMNS).isdisjoint(names)
    likeness = _CLOSE if has_credit else _REMOTELY_CLOSE
    for name in names:
        meant = None if name == "file" else misspelt(name, likeness)
        if meant is not None:
            raise ValueError(
                f"it has a column {name[:80]!r}; did you mean '{meant}'? Rename the column"
            )
    if not has_credit:
        raise ValueError(
            f"it has none of the columns {', '.join(COLUMNS)}; add at least 'license'. "
            f"Its columns are {list(names)!r:.200}"
        )


def _indexed(table: Iterator[Mapping[str, Any]]) -> tuple[dict[str, Credit], frozenset[str]]:
    """Credit by file, and the columns that were seen. Raises ValueError."""
    rows: dict[str, Credit] = {}
    columns: set[str] = set()
    for number, row in enumerate(table, start=1):
        columns.update(row)
        file = posixpath.normpath(_file(row, number))
        if file in rows:
            raise ValueError(f"row {number} names {file!r} a second time; keep one row a file")
        rows[file] = Credit(*(_text(row, name, number) for name in COLUMNS))
    return rows, frozenset(columns)


def _rebased(rows: dict[str, Credit], path: Path, root: Path) -> dict[str, Credit]:
    """`rows` with files relative to `root`, also if all of them start at the sidecar's folder."""
    inside, beside = root.resolve(), path.resolve().parent
    if inside == beside or not inside.is_relative_to(beside):
        return rows
    prefix = inside.relative_to(beside).as_posix() + "/"
    if (inside / prefix).is_dir() or not all(file.startswith(prefix) for file in rows):
        return rows
    return {file.removeprefix(prefix): credit for file, credit in rows.items()}


def _file(row: Mapping[str, Any], number: int) -> str:
    if "file" not in row:
        raise ValueError(f"the column 'file' is missing; it has {list(row)!r:.200}")
    file = _text(row, "file", number)
    if file is None:
        raise ValueError(f"row {number} has no 'file'")
    return file


def _text(row: Mapping[str, Any], name: str, number: int) -> str | None:
    value = row.get(name)
    if not isinstance(value, str | None):
        raise ValueError(f"row {number}: '{name}' must be text, not {value!r:.80}")  # noqa: TRY004 shown to the user
    # File names keep their blanks; licences repeat, so that one copy of each is enough.
    return (value if name == "file" else sys.intern((value or "").strip())) or None


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        if ";" in first and "," not in first:
            raise ValueError("the separator between its columns must be a comma, not ';'")
        reader = csv.reader(itertools.chain([first], lines), strict=True)
        header = [name.strip() for name in next(reader, [])]
        if "file" not in header:
            raise ValueError(f"the column 'file' is missing; the header is {header!r:.200}")
        for name in ("file", *COLUMNS):
            if header.count(name) > 1:
                raise ValueError(f"the header has '{name}' twice")
        _check_columns(header)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise ValueError(
                    f"line {reader.line_num} has {len(cells)} cells, the header {len(header)}; "
                    f"put text that holds a comma between double quotes"
                )
            yield dict(zip(header, cells, strict=True))


def _jsonl(path: Path) -> Iterator[Mapping[str, Any]]:
    seen: dict[str, None] = {}
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"line {number} is not JSON: {error}") from None
            if not isinstance(row, dict):
                raise ValueError(f"line {number} is not a JSON object")  # noqa: TRY004 shown to the user
            seen.update(dict.fromkeys(row))
            yield row
    if seen:
        _check_columns(seen)


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            wanted = [name for name in ("file", *COLUMNS) if name in names]
            if "file" not in wanted:
                raise ValueError(f"the column 'file' is missing; it has {names!r:.200}")
            _check_columns(names)
            for batch in file.iter_batches(batch_size=8192, columns=wanted):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise ValueError(f"it is not the Parquet file that it should be: {error}") from None
