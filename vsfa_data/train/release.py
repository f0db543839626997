"""The release that a run reads: found, pinned, checked against its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vsfa_data.errors import UserError, printable
from vsfa_data.release import inventory, manifest
from vsfa_data.release.manifest import Manifest
from vsfa_data.train.hub import find

_FILES: Final = (manifest.NAME, "*/*.parquet")


@dataclass(frozen=True)
class Source:
    """One config of a release; `id` and `revision` are None for a folder that is no download."""

    path: Path
    id: str | None
    revision: str | None
    made: Manifest
    config: str

    def files(self, split: str) -> list[Path]:
        """Parquet files of a split, in order; none if there is no such split."""
        return [self.path / name for name in self.made.files_of(self.config, split)]


def open_source(
    given: str,
    config: str,
    splits: Sequence[str] = ("train", "validation"),
    option: str = "--config",
) -> Source:
    """The config `config` of a release folder or Hub id; `option` names it on a command line.

    The files of `splits` are hashed: what run.json says of the dataset must be true of what was
    trained on. Raises UserError if there is no such release or config, or a file is another one.
    """
    place = find(given, "dataset", _FILES)
    folder = _located(place.path)
    try:
        made = inventory.read_manifest(folder, cached=place.id is not None)
    except inventory.ManifestError as error:
        raise UserError(f"{folder}/{manifest.NAME} {error}. Build or download it again") from None
    configs = {*made.configs}
    if config not in configs:
        raise UserError(
            f"{given} has no config '{printable(config)}'. Choose one with {option}: "
            f"{', '.join(sorted(configs)) or 'it has none'}"
        )
    source = Source(folder, place.id, place.revision, made, config)
    if not source.files("train"):
        raise UserError(
            f"config '{config}' of {given} has no train split, so there is nothing to learn from. "
            f"Build it again with release.splits.train above 0"
        )
    _check(source, splits)
    return source


def _located(folder: Path) -> Path:
    try:
        return inventory.locate(folder)
    except UserError:
        raise UserError(
            f"{folder} has no {manifest.NAME}, so it is no release. Give the folder that "
            f"'vsfa-data build --out' wrote to, or a Hub id of a release"
        ) from None


def _check(source: Source, splits: Sequence[str]) -> None:
    for path in (file for split in splits for file in source.files(split)):
        name = path.relative_to(source.path).as_posix()
        # What the Hub's client has downloaded are links into its cache.
        leads_out = inventory.leads_out(source.path, name)
        if leads_out if source.id is None else not inventory.is_safe(name):
            raise UserError(
                f"{source.path}/{manifest.NAME} lists {printable(repr(name))[:200]}, which leads "
                f"out of the release: refused. Have it sent again by somebody whom you trust"
            )
        try:
            found = manifest.describe(path)
        except OSError as error:
            raise UserError(
                f"{path} cannot be read ({error.strerror}). Run: vsfa-data verify {source.path}"
            ) from None
        if found != source.made.files.get(name):
            raise UserError(
                f"{path} is not the file that {manifest.NAME} speaks of: edited, or not wholly "
                f"copied. Build or download it again, or run: vsfa-data verify {source.path}"
            )
