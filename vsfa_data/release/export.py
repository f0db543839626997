"""Writing a release in the form that another trainer takes, one file per format in `exports/`."""

from __future__ import annotations

import abc
import importlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import pyarrow.parquet as pq

from vsfa_data.errors import UserError, printable
from vsfa_data.files.swap import refuse_foreign, replacing
from vsfa_data.release import inventory, licenses
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.rows import Row
from vsfa_data.release.verify import verify

NOTE: Final = "export.json"
"""Says what an export was made from; a folder without it is never replaced."""
_ENDINGS: Final = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}


class Exporter(abc.ABC):
    """Writes the rows of one split below `folder`. Equal rows make equal bytes."""

    def __init__(self, folder: Path, config: str, split: str) -> None:
        self.folder, self.config, self.split = folder, config, split

    @abc.abstractmethod
    def add(self, row: Row) -> None:
        """Write a row; `image` is missing or null where the caption stands for the picture."""

    @abc.abstractmethod
    def close(self) -> None:
        """Finish the files."""


@dataclass(frozen=True)
class Exported:
    """What was written: split -> rows."""

    path: Path
    config: str
    counts: dict[str, int]


def formats() -> list[str]:
    """Names of the formats."""
    folder = Path(__file__).with_name("exports")
    return sorted(path.stem for path in folder.glob("[a-z]*.py"))


def load(name: str) -> type[Exporter]:
    """The exporter of that name. Raises UserError with those that there are."""
    if name not in formats():
        raise UserError(
            f"no format '{printable(name)[:60]}'. Choose one of: {', '.join(formats())}"
        )
    found: type[Exporter] = importlib.import_module(f"vsfa_data.release.exports.{name}").Export
    return found


def check(name: str, target: Path) -> None:
    """Raise UserError for an unknown format or a target with other files: what is known at once."""
    load(name)
    refuse_foreign(target, NOTE)


def export(
    source: Path,
    name: str,
    target: Path,
    config: str | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    label: str | None = None,
) -> Exported:
    """Write one config of the release `source` (default: its first) to the folder `target`.

    The release is verified first. `progress` gets 1 for each row; `label` is what messages call
    the release. Raises UserError for a release that is not as its manifest says, an unknown config
    or format, a target with other files.
    """
    exporter, label = load(name), label or str(source)
    found = verify(source)
    if found.problems:
        raise UserError(
            f"{label} is not as its manifest says: {found.problems[0]}. Nothing was "
            f"written. See: vsfa-data verify {label}"
        )
    made = inventory.read_manifest(found.path)
    chosen = config or next(iter(made.configs))
    splits = made.counts().get(chosen)
    if splits is None:
        raise UserError(
            f"{label} has no config '{printable(chosen)[:60]}'. "
            f"Choose one of: {', '.join(made.configs)}"
        )
    with replacing(target, mark=NOTE) as folder:
        for split in splits:
            writer = exporter(folder, chosen, split)
            for row in rows(found.path, made.files_of(chosen, split)):
                writer.add(row)
                if progress is not None:
                    progress(1)
            writer.close()
        # Credit goes wherever the pictures go.
        shutil.copyfile(found.path / licenses.NAME, folder / licenses.NAME)
        (folder / NOTE).write_text(_note(made, name, chosen), encoding="utf-8", newline="\n")
    return Exported(target, chosen, dict(splits))


def _note(made: Manifest, name: str, config: str) -> str:
    known = {
        "format": name,
        "dataset": made.name,
        "version": made.version,
        "config": config,
        "fingerprint": made.fingerprint,
    }
    return json.dumps(known, indent=2) + "\n"


def rows(folder: Path, files: list[str]) -> Iterator[Row]:
    """Rows of Parquet files, in order, a few at a time."""
    for name in files:
        with pq.ParquetFile(folder / name) as file:
            for batch in file.iter_batches(batch_size=32):
                yield from batch.to_pylist()


def picture_of(row: Row) -> tuple[str, bytes] | None:
    """File name and bytes of a row's picture, if it has one."""
    image = row.get("image")
    if image is None or image["bytes"] is None:
        return None
    data: bytes = image["bytes"]
    ending = next((end for start, end in _ENDINGS.items() if data.startswith(start)), "bin")
    return f"{row['image_id']}.{ending}", data


class JsonList:
    """A JSON array on disk, written value by value."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="\n")
        self._separator = "[\n"

    def add(self, value: Any) -> None:
        """Append a value."""
        self._file.write(self._separator + json.dumps(value, ensure_ascii=False))
        self._separator = ",\n"

    def close(self) -> None:
        """Finish the array."""
        self._file.write("[]\n" if self._separator == "[\n" else "\n]\n")
        self._file.close()
