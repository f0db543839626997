"""Reading published rows back as a stranger would: pictures, ids, clusters, conversations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.release.configs import PICTURES, schema
from vsfa_data.release.derived import Derived
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.picture import picture_problem
from vsfa_data.release.rows import Row, conversation
from vsfa_data.release.tally import Tally

MAX_GROUP_BYTES: Final = 2**30
"""Uncompressed size of a row group that is read, at most: what others wrote is not trusted."""
_NEEDED: Final = (
    *("image", "image_id", "messages", "qa", "caption", "width", "height", "cluster_id"),
)
MAX_LINES: Final = 5
"""Lines about the rows of one split, at most; the others are counted."""


class Inspection:
    """Takes splits one by one; `problems` has what is wrong with their rows."""

    def __init__(self, made: Manifest | None = None) -> None:
        self.problems: list[str] = []
        self.tally = Tally()
        self.files: dict[str, SplitDigest] = {}
        """Digest of each file that was read whole."""
        self.derived = Derived(made)
        self._places: dict[str, tuple[str, str]] = {}
        self._matches: dict[str, str] = {}
        self._clusters: dict[tuple[str, str], str] = {}

    def split(
        self, folder: Path, config: str, split: str, files: Sequence[str]
    ) -> SplitDigest | None:
        """Read the rows of one split, in order, a row group at a time. None: not all readable."""
        found: list[str] = []
        for name in files:
            digest = SplitDigest()
            try:
                for row in _rows(folder / name, schema(config)):
                    where = f"{name}: row {digest.rows}"
                    digest.add(row)
                    found += [f"{where}: {what}" for what in self._row(row, (name, config, split))]
            # ValueError: Arrow's own errors, text that is not UTF-8, a NaN.
            except (pa.ArrowException, OSError, ValueError) as error:
                self.problems.append(f"{name}: {one_line(str(error))}")
                return None
            self.files[name] = digest
        self.problems += shortened(found, f"{config}/{split}-*")
        return SplitDigest(self.files[name] for name in files)

    def _row(self, row: Row, where: tuple[str, str, str]) -> Iterator[str]:
        """What is wrong with a row, by itself and beside those before it."""
        name, config, split = where
        if (missing := _missing(row)) is not None:
            yield f"{missing} is missing"
            return
        self.tally.add(config, split, row)
        for lent in self.derived.lent(name):
            self.tally.add(*lent, row)
        yield from self.derived.mix(name, row)
        if config not in PICTURES:
            yield from self.derived.take(row, split)
            return
        yield from row_problems(row)
        self.derived.base(row, config, split)
        if row["image_id"] in self._places:
            yield "its image_id has been published already"
        self._places[row["image_id"]] = (config, split)
        if row["match_id"] is not None:
            self._matches[row["image_id"]] = row["match_id"]
        other = self._clusters.setdefault((config, row["cluster_id"]), split)
        if other != split:
            yield f"its near-duplicate cluster is in {other} too"

    def unmatched(self) -> Iterator[str]:
        """Images without the partner they name: to be asked once all splits have been read."""
        for image_id, partner in self._matches.items():
            config, split = self._places[image_id]
            other, its_split = self._places.get(partner, (config, ""))
            if other == config or its_split != split:
                yield f"{config}/{split}-*: {one_line(image_id)}: match_id names no partner of it"


def row_problems(row: Row) -> Iterator[str]:
    """What is wrong with one complete row, looked at alone."""
    data = row["image"]["bytes"]
    if row["image"]["path"] is not None:
        yield "the picture names a file of somebody's machine"
    if hashlib.sha256(data).hexdigest() != row["image_id"]:
        yield "image_id is not the sha256 of the picture"
    if problem := picture_problem(data, (row["width"], row["height"])):
        yield problem
    if not row["qa"] or row["messages"] != conversation(row["qa"]):
        yield "messages and qa are not the same conversation"


def shortened(lines: Sequence[str], where: str) -> list[str]:
    """The first MAX_LINES of `lines`, and how many more there are."""
    more = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], *([f"{where}: {more} more like these"] if more > 0 else [])]


def _missing(row: Row) -> str | None:
    """The first thing that a row must have and lacks."""
    for name in _NEEDED:
        if row.get(name, "") is None:
            return name
    if "image" in row and row["image"]["bytes"] is None:
        return "image.bytes"
    if any(pair is None or None in pair.values() for pair in row["qa"]):
        return "part of qa"
    return None


def _rows(path: Path, columns: pa.Schema) -> Iterator[Row]:
    """Rows of a Parquet file. Raises ValueError unless its columns are the published ones."""
    with pq.ParquetFile(path, memory_map=False) as file:
        if not file.schema_arrow.equals(columns):
            raise ValueError("its columns are not those of a release")
        if b"huggingface" not in (file.schema_arrow.metadata or {}):
            raise ValueError("it lacks the 'huggingface' metadata: pictures would show as bytes")
        for number in range(file.num_row_groups):
            size = file.metadata.row_group(number).total_byte_size
            if size > MAX_GROUP_BYTES:
                raise ValueError(f"row group {number} has {size:,} bytes, too many to be read")
            for batch in file.iter_batches(batch_size=32, row_groups=[number], use_threads=False):
                yield from batch.to_pylist()
