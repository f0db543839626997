"""The last version of a dataset: what it held, and which split its pictures keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vsfa_data import resources
from vsfa_data.errors import UserError
from vsfa_data.recipe import Recipe
from vsfa_data.release import contents, inventory, manifest
from vsfa_data.release.configs import PICTURES
from vsfa_data.release.contents import Contents
from vsfa_data.release.hub.names import parse_version
from vsfa_data.release.manifest import Manifest

CHANGELOG: Final = "CHANGELOG.md"


@dataclass(frozen=True)
class Previous:
    """A release that another one follows. `changelog` is its own, whole."""

    found: Contents
    changelog: str

    @property
    def splits(self) -> Mapping[str, str]:
        """image_id -> the split that the picture is in."""
        return {
            image_id: mark.split
            for config, rows in self.found.rows.items()
            if config in PICTURES
            for image_id, mark in rows.items()
        }

    @property
    def origins(self) -> Mapping[str, Mapping[str, str]]:
        """Config -> image_id -> the file that its row is in."""
        return {
            config: {image_id: mark.file for image_id, mark in rows.items()}
            for config, rows in self.found.rows.items()
        }


def load(recipe: Recipe) -> Previous | None:
    """The release that `release.previous` names, if it names one.

    Raises UserError unless it is whole, of the same dataset and of a lower version.
    """
    if recipe.release.previous is None:
        return None
    folder, made = _read(recipe.release.previous)
    if made.name != recipe.name:
        raise UserError(
            f"release.previous: {folder} holds the dataset '{made.name}', and this is "
            f"'{recipe.name}'. Name a version of the same one, or leave the key out"
        )
    before, now = parse_version(made.version), parse_version(recipe.version)
    if before is None or now is None or before >= now:
        raise UserError(
            f"release.previous: {folder} holds version {made.version}, and this one, "
            f"{recipe.version}, must be above it. Raise 'version' in the recipe"
        )
    label = f"{made.name} {made.version}"
    text = (folder / CHANGELOG).read_text(encoding="utf-8") if CHANGELOG in made.files else ""
    return Previous(contents.read(contents.Folder(folder, label)), text)


def identity(recipe: Recipe) -> dict[str, str]:
    """What a release depends on beside the recipe's words: which version it follows."""
    if recipe.release.previous is None:
        return {}
    folder, made = _read(recipe.release.previous)
    return {"previous": f"{made.fingerprint} {manifest.describe(folder / manifest.NAME).sha256}"}


def _read(given: str) -> tuple[Path, Manifest]:
    folder = inventory.locate(resources.user_path(given))
    try:
        made = inventory.read_manifest(folder)
    except inventory.ManifestError as error:
        raise UserError(f"release.previous: {folder}/{manifest.NAME} {error}") from None
    _, problems = inventory.check_files(folder, made)
    if problems:
        raise UserError(
            f"release.previous: {folder} is not as its manifest says: {problems[0]}. "
            f"Download that version again"
        )
    return folder, made
