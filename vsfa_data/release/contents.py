"""What two releases are compared by, read from a folder or from the Hub without the pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.errors import UserError
from vsfa_data.release import inventory, manifest
from vsfa_data.release.configs import MIXED
from vsfa_data.release.fingerprint import canonical
from vsfa_data.release.inspection import MAX_GROUP_BYTES
from vsfa_data.release.manifest import File, Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.rows import SCHEMA

COLUMNS: Final = tuple(name for name in SCHEMA.names if name not in ("image", "image_id"))
"""What is compared of a row: `image_id` says which row it is, and stands for the picture."""
UNREADABLE: Final = (pa.ArrowException, ValueError, KeyError, TypeError, OSError, OverflowError)
"""What reading a damaged or hostile Parquet file raises: OSError is of what lies below Arrow's own
formats, OverflowError of dates for which Python has no room."""
_MARK_BYTES: Final = 8


class Files(Protocol):
    """Where a release lies."""

    @property
    def label(self) -> str:
        """What people call it."""

    def manifest(self) -> Manifest:
        """Its manifest. Raises UserError if there is none that can be read."""

    def open(self, name: str) -> Any:
        """A file of it, for reading and seeking."""


@dataclass(frozen=True)
class Mark:
    """What is kept of a row: where it is, what is counted, a short hash of each of COLUMNS."""

    file: str
    split: str
    license: str
    concept: str
    columns: bytes

    def changed(self, other: Mark) -> Iterator[str]:
        """Names of the columns in which two rows of one picture differ."""
        for number, name in enumerate(COLUMNS):
            at = slice(number * _MARK_BYTES, (number + 1) * _MARK_BYTES)
            if self.columns[at] != other.columns[at]:
                yield name


@dataclass
class Contents:
    """A release without its pictures: some 300 bytes a row.

    `rows` is config -> image_id -> Mark; `schema` is column -> type, over all files.
    """

    label: str
    made: Manifest
    rows: dict[str, dict[str, Mark]] = field(default_factory=dict)
    schema: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> Mapping[str, File]:
        """Its files as the manifest lists them."""
        return self.made.files


def parquet_in(file: Any) -> pq.ParquetFile:
    """A Parquet file in a file object of Python's. Read it with `use_threads=False`.

    Then only the calling thread ever touches the object. A thread of Arrow's that lets go of it
    while the interpreter ends would abort the process (apache/arrow#34314), about one in 300.
    """
    return pq.ParquetFile(file, pre_buffer=False)


def read(files: Files) -> Contents:
    """Read a release. Raises UserError if its rows cannot be read."""
    made = files.manifest()
    own = [config for config in made.configs if config != MIXED]
    found = Contents(files.label, made, rows={config: {} for config in own})
    for name in sorted(found.made.files):
        config, slash, rest = name.partition("/")
        if slash and name.endswith(".parquet"):
            place = (config, rest.partition("-")[0], name)
            try:
                with files.open(name) as file:
                    _add(found, place, file)
            except UNREADABLE as error:
                raise UserError(
                    f"{files.label}: {name} cannot be read ({one_line(str(error))}). "
                    f"See: vsfa-data verify {files.label}"
                ) from None
    return found


def _add(found: Contents, place: tuple[str, str, str], file: Any) -> None:
    """Take in the rows of one Parquet file, a row group at a time."""
    config, split, name = place
    rows = found.rows.setdefault(config, {})
    with parquet_in(file) as parquet:
        found.schema |= {one.name: str(one.type) for one in parquet.schema_arrow}
        present = [name for name in ("image_id", *COLUMNS) if name in parquet.schema_arrow.names]
        for number in range(parquet.num_row_groups):
            group = parquet.metadata.row_group(number)
            if group.total_byte_size > MAX_GROUP_BYTES:
                raise ValueError(f"row group {number} is too large")
            group_rows = parquet.read_row_group(number, columns=present, use_threads=False)
            for row in group_rows.to_pylist():
                rows[str(row["image_id"])] = _mark(name, split, row)


def _mark(file: str, split: str, row: Mapping[str, Any]) -> Mark:
    hashes = (
        hashlib.blake2b(canonical(row.get(name)), digest_size=_MARK_BYTES).digest()
        for name in COLUMNS
    )
    license_name, concept = row.get("license") or "unknown", row.get("concept") or "none"
    return Mark(file, split, str(license_name), str(concept), b"".join(hashes))


@dataclass(frozen=True)
class Folder:
    """A release in a folder of this machine."""

    folder: Path
    label: str

    def manifest(self) -> Manifest:
        """Its manifest."""
        return read_manifest(self.folder, self.label)

    def open(self, name: str) -> Any:
        """A file of it; links are not followed."""
        path = self.folder / name
        if inventory.leads_out(self.folder, name) or not path.is_file():
            raise UserError(f"{self.label}: {name} is listed in the manifest but missing")
        return path.open("rb")


def read_manifest(folder: Path, label: str) -> Manifest:
    """The manifest in `folder`. Raises UserError naming `label` if it cannot be read."""
    try:
        made = inventory.read_manifest(folder)
    except inventory.ManifestError as error:
        raise UserError(f"{label}: {manifest.NAME}: {error}") from None
    if unsafe := [name for name in made.files if not inventory.is_safe(name)]:
        raise UserError(f"{label}: {manifest.NAME} lists {one_line(repr(unsafe[0]))}, refused")
    return made
