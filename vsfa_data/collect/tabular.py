"""Tables that people write beside or instead of images: sidecars, lists of addresses.

CSV with a header, JSON lines, Parquet, or plain lines. They come from strangers: they are read
as text, row by row, and nothing in them is opened, fetched or run.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from vsfa_data.collect import lines
from vsfa_data.errors import UserError

CREDITS: Final = ("title", "license", "license_url", "attribution")
"""What a table may say of an image; other columns are ignored."""
_CLOSE: Final = 0.85
"""Likeness (difflib's ratio) from which a column counts as a misspelt one of CREDITS.

`licence` has 0.857; `attribution_url` and `license_id`, which are columns of their own, less.
"""
_REMOTELY_CLOSE: Final = 0.6
"""The same where a table has no credit column at all and is refused anyway."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tabular:
    """The table at `path`, which users know as a `noun`, with its images named in column `key`.

    `needs_credit`: a table without any of CREDITS says nothing and is refused.
    """

    path: Path
    noun: str
    key: str
    needs_credit: bool = True

    def rows(self) -> Iterator[Row]:
        """Its rows, in order, with at least `key` and those of CREDITS that there are.

        JSON lines and plain text have no header: there, `key` may be missing in a row. Raises
        UserError for a table that cannot be read, lacks `key`, or has a misspelt credit column,
        which JSON lines show only at the end.
        """
        read = {".csv": self._csv, ".jsonl": self._jsonl, ".parquet": self._parquet}.get(
            self.path.suffix.lower(), self._plain
        )
        try:
            yield from read()
        except UnicodeDecodeError as error:
            raise self.unusable(f"it is not UTF-8 ({error}); save it as UTF-8") from None
        except (OSError, ValueError) as error:
            raise self.unusable(str(error)) from None

    def digest(self) -> str:
        """Sha256 (hex) of its bytes. Raises UserError if it cannot be read."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self.unusable(str(error)) from None

    def unusable(self, reason: str) -> UserError:
        """One line; what a terminal would obey is escaped, as the table comes from strangers."""
        line = " ".join(reason.split())
        shown = "".join(
            letter if letter.isprintable() else letter.encode("unicode_escape").decode()
            for letter in line
        )
        return UserError(f"{self.noun} {self.path} cannot be used: {shown}")

    def _csv(self) -> Iterator[Row]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            read = lines.of(file)
            first = next(read, "")
            if ";" in first and "," not in first:
                raise ValueError("the separator between its columns must be a comma, not ';'")
            rows = lines.cells(itertools.chain([first], read))
            header = [name.strip() for name in next(rows, (1, []))[1]]
            self._check_key(header, "the header is")
            for name in (self.key, *CREDITS):
                if header.count(name) > 1:
                    raise ValueError(f"the header has '{name}' twice")
            self._check_credits(header)
            for number, cells in rows:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise ValueError(
                        f"line {number} has {len(cells)} cells, the header {len(header)}; "
                        f"put text that holds a comma between double quotes"
                    )
                yield dict(zip(header, cells, strict=True))

    def _jsonl(self) -> Iterator[Row]:
        seen: dict[str, None] = {}
        with self.path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(lines.of(file), start=1):
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
            self._check_key(seen, "it has")
            self._check_credits(seen)

    def _parquet(self) -> Iterator[Row]:
        import pyarrow as pa

        from vsfa_data.collect import parquet

        try:
            names = parquet.names(self.path)
            self._check_key(names, "it has")
            self._check_credits(names)
            yield from parquet.rows(
                self.path, [name for name in (self.key, *CREDITS) if name in names]
            )
        except pa.ArrowException as error:
            raise ValueError(f"it is not the Parquet file that it should be: {error}") from None

    def _plain(self) -> Iterator[Row]:
        with self.path.open(encoding="utf-8-sig") as file:
            for line in lines.of(file):
                if line.strip() and not line.startswith("#"):
                    yield {self.key: line}

    def _check_key(self, names: Collection[str], said: str) -> None:
        if self.key not in names:
            raise ValueError(missing(self.key, names, said))

    def _check_credits(self, names: Collection[str]) -> None:
        """Refuse columns from which credits would be lost without a word. Raises ValueError."""
        is_credited = not set(CREDITS).isdisjoint(names)
        is_useless = self.needs_credit and not is_credited
        likeness = _REMOTELY_CLOSE if is_useless else _CLOSE
        for name in names:
            meant = None if name == self.key else misspelt(name, likeness)
            if meant is not None:
                raise ValueError(
                    f"it has a column {name[:80]!r}; did you mean '{meant}'? Rename the column"
                )
        if is_useless:
            raise ValueError(
                f"it has none of the columns {', '.join(CREDITS)}; add at least 'license'. "
                f"Its columns are {list(names)!r:.200}"
            )


def missing(key: str, names: Collection[str], said: str) -> str:
    """That the column `key` is missing, and which of the columns `names` must be meant for it."""
    plain = {name[:80].casefold(): name for name in names if name not in CREDITS}
    near = get_close_matches(key.casefold(), plain, n=1, cutoff=_REMOTELY_CLOSE)
    hint = f". Did you mean {plain[near[0]][:80]!r}? Rename it '{key}'" if near else ""
    return f"the column '{key}' is missing; {said} {list(names)!r:.200}{hint}"


def misspelt(name: str, likeness: float = _CLOSE) -> str | None:
    """Which of CREDITS `name` must be meant for, though it is none of them; or None."""
    plain = name[:80].casefold().replace(" ", "_").replace("-", "_")
    meant = get_close_matches(plain, CREDITS, n=1, cutoff=likeness)
    return meant[0] if meant and name not in CREDITS else None


def text(row: Row, name: str, number: int) -> str | None:
    """What row `number` says in the column `name`; None for nothing. Raises ValueError."""
    value = row.get(name)
    if not isinstance(value, str | None):
        raise ValueError(f"row {number}: '{name}' must be text, not {value!r:.80}")  # noqa: TRY004 shown to the user
    return value or None


def credit(row: Row, name: str, number: int) -> str | None:
    """What row `number` says in the credit column `name`, without blanks. Raises ValueError."""
    # Licences repeat, so that one copy of each is enough.
    return sys.intern((text(row, name, number) or "").strip()) or None
