"""Images that are never to be collected again: takedowns, objections, mistakes.

A tombstone file is CSV with the columns image_id, source_ref, reason and date, of which one of
the first two is needed. One may be named by the recipe (`collect.tombstones`), which is the one
to keep under version control; another is `tombstones.csv` in the output folder, to which
`vsfa-data collect --forget` adds. Both hold.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import resources
from vsfa_data.collect import lines, listing
from vsfa_data.errors import UserError, printable
from vsfa_data.files.atomic import write_atomically
from vsfa_data.files.canonical_json import digest

if TYPE_CHECKING:
    from vsfa_data.recipe import Recipe

REASON: Final = "tombstoned"
FILE: Final = "tombstones.csv"
COLUMNS: Final = ("image_id", "source_ref", "reason", "date")
IMAGE_ID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Tombstones:
    """What is listed: sha256 of normalised images, and references of any source."""

    image_ids: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is listed."""
        return bool(self.image_ids or self.references)

    def holds(self, image_id: str | None, reference: str | None) -> bool:
        """Whether an image is listed, by what is known of it."""
        return image_id in self.image_ids or reference in self.references

    def joined(self, pairs: Iterable[tuple[str, str]]) -> Tombstones:
        """The same with `pairs` of image_id and source_ref, either of which may be empty."""
        more = list(pairs)
        return Tombstones(
            self.image_ids.union(image_id for image_id, _ in more if image_id),
            self.references.union(name for _, name in more if name),
        )

    @property
    def key(self) -> str:
        """Digest of what is listed; empty for nothing."""
        return digest([sorted(self.image_ids), sorted(self.references)]) if self else ""

    def marked(self, candidates: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Rows of `tables.CANDIDATES`; those whose reference is listed are not to be had."""
        for row in candidates:
            if row["source_ref"] in self.references:
                row.update(dict.fromkeys((*listing.WAYS, "detail")), reason=REASON)
            yield row


def of(recipe: Recipe, out: Path) -> Tombstones:
    """What the recipe's file and the one in `out` list. Raises UserError."""
    rows: list[Mapping[str, str]] = []
    if recipe.collect.tombstones is not None:
        named = resources.inside(recipe.collect.tombstones).absolute()
        if not named.is_file():
            raise UserError(
                f"collect.tombstones {named} is not a file; set it to a .csv file with the "
                f"columns {', '.join(COLUMNS)}, or leave it out"
            )
        rows += read(named)
    if (out / FILE).is_file():
        rows += read(out / FILE)
    return Tombstones(
        frozenset(row["image_id"] for row in rows if row["image_id"]),
        frozenset(row["source_ref"] for row in rows if row["source_ref"]),
    )


def read(path: Path) -> list[dict[str, str]]:
    """Rows with exactly COLUMNS, a missing one being empty. Raises UserError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(lines.cells(lines.of(file))))
    except UnicodeDecodeError:
        raise _unusable(path, "it is not UTF-8; save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from None


def add(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Add `rows`, each with COLUMNS, to the file at `path`, which need not exist."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows([*(read(path) if path.is_file() else ()), *rows])
    write_atomically(path, text.getvalue().encode())


def last(rejects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rejects` with those that are listed at the end, in the order of their references.

    Which of them were found out before they were read, and which later, then leaves no trace.
    """
    return sorted(
        rejects,
        key=lambda row: (row["reason"] == REASON, row["reason"] == REASON and row["source_ref"]),
    )


def _rows(table: Iterator[tuple[int, list[str]]]) -> Iterator[dict[str, str]]:
    header = [name.strip() for name in next(table, (1, []))[1]]
    if not {"image_id", "source_ref"} & set(header) or set(header) - set(COLUMNS):
        raise ValueError(f"its header must be {','.join(COLUMNS)}, not {','.join(header)[:200]}")
    for number, cells in table:
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise ValueError(f"line {number} has {len(cells)} cells, the header {len(header)}")
        row = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=True))
        row["image_id"] = row["image_id"].strip()
        if not row["image_id"] and not row["source_ref"]:
            raise ValueError(f"line {number} has neither image_id nor source_ref")
        if row["image_id"] and not IMAGE_ID.fullmatch(row["image_id"]):
            raise ValueError(f"line {number}: an image_id is 64 hexadecimal digits")
        yield row


def _unusable(path: Path, why: str) -> UserError:
    return UserError(f"tombstones {path} cannot be used: {printable(why)}")
