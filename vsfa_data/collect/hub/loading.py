"""A dataset as a stream of rows, of which no image has been decoded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.collect import references
from vsfa_data.collect.hub.failing import told
from vsfa_data.collect.hub.own_files import CARDS, OwnFiles, check_card
from vsfa_data.errors import UserError

ROWS_AT_ONCE: Final = 16
_SAVED: Final = ("dataset_dict.json", "state.json")
"""What `save_to_disk` leaves in a folder."""


@dataclass(frozen=True)
class Wanted:
    """Which rows: of a local `folder`, or of a `commit` of the dataset `name` on the Hub."""

    name: str
    config: str | None
    split: str
    folder: Path | None = None
    commit: str | None = None

    @property
    def reference(self) -> str:
        """How rows name it: the folder without where it is, or the dataset with its commit."""
        if self.folder is not None:
            return references.of(os.fsencode(self.folder.name))
        return f"{self.name}@{self.commit}"

    @property
    def files(self) -> OwnFiles:
        """The files that belong to it."""
        if self.folder is not None:
            return OwnFiles(str(self.folder))
        return OwnFiles(f"hf://datasets/{self.name}@{self.commit}/")


class Rows:
    """The rows of a split. Raises UserError if it cannot be had, or lacks a column."""

    def __init__(self, wanted: Wanted, columns: list[str]) -> None:
        import datasets

        self._name = wanted.name
        with told(wanted.name):
            stream = _streamed(wanted)
            features = stream.features
            if features is not None:
                _check_columns(wanted.name, columns, list(features))
                stream = stream.select_columns(columns)
            # Features may be unknown before the first row, so that there is nothing to cast to
            # `Image(decode=False)`. As Arrow tables, rows are never decoded, whatever they hold.
            self._stream = stream.with_format("arrow")
        self._columns = columns
        self.names: Mapping[str, list[str]] = {
            column: features[column].names
            for column in columns
            if features is not None and isinstance(features[column], datasets.ClassLabel)
        }
        """Words for the numbers of those columns that are classes."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Each row in the dataset's order. Raises UserError if it breaks off."""
        tables = iter(self._stream)
        while True:
            with told(self._name):
                table = next(tables, None)
            if table is None:
                return
            _check_columns(self._name, self._columns, table.column_names)
            # A table may be a whole row group of pictures, of which a copy would be as large.
            for batch in table.select(self._columns).to_batches(max_chunksize=ROWS_AT_ONCE):
                yield from batch.to_pylist()


def _streamed(wanted: Wanted) -> Any:
    """The split as an IterableDataset."""
    import datasets

    datasets.disable_progress_bars()
    if wanted.folder is not None and any((wanted.folder / name).is_file() for name in _SAVED):
        return _saved(wanted.folder, wanted)
    for card in _cards(wanted):
        check_card(wanted.name, _configs(card))
    path = wanted.name if wanted.folder is None else str(wanted.folder)
    builder = datasets.load_dataset_builder(path, wanted.config, revision=wanted.commit)
    for files in (builder.config.data_files or {}).values():
        wanted.files.check(map(str, files))
    return builder.as_streaming_dataset(split=wanted.split)


def _saved(folder: Path, wanted: Wanted) -> Any:
    import datasets

    found = datasets.load_from_disk(str(folder))
    if isinstance(found, datasets.DatasetDict):
        if wanted.split not in found:
            raise UserError(
                f"dataset {wanted.name} has no split '{wanted.split}'; set 'split' of the source "
                f"to one of: {', '.join(map(str, found))}"
            )
        found = found[wanted.split]
    return found.to_iterable_dataset()


def _cards(wanted: Wanted) -> Iterator[Path]:
    """The files on this machine in which the dataset says where its data are."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError

    for name in CARDS:
        if wanted.folder is not None:
            if (wanted.folder / name).is_file():
                yield wanted.folder / name
            continue
        try:
            yield Path(
                hf_hub_download(wanted.name, name, repo_type="dataset", revision=wanted.commit)
            )
        except RemoteEntryNotFoundError:
            continue


def _configs(card: Path) -> Any:
    import yaml

    text = card.read_text(encoding="utf-8")
    if card.suffix == ".md":
        from huggingface_hub import DatasetCard

        return getattr(DatasetCard(text, ignore_metadata_errors=True).data, "configs", None)
    data = yaml.safe_load(text)
    return data.get("configs") if isinstance(data, dict) else None


def _check_columns(dataset: str, wanted: list[str], found: list[str]) -> None:
    for column in wanted:
        if column not in found:
            raise UserError(
                f"dataset {dataset} has no column '{column}'; it has {', '.join(found)[:300]}. Set "
                f"the source's keys that end in _column"
            )
