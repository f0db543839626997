"""The release on this machine, verified, with what tells its files apart from the Hub's."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vsfa_data.errors import UserError
from vsfa_data.release import inventory, manifest
from vsfa_data.release.hub.names import Version, parse_version
from vsfa_data.release.manifest import File, Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.verify import verify


@dataclass(frozen=True)
class Local:
    """A release folder that is as its manifest says. `files` has the manifest itself too."""

    folder: Path
    made: Manifest
    version: Version
    files: Mapping[str, File]

    def size(self, names: tuple[str, ...] | None = None) -> int:
        """Bytes of those files, or of all."""
        return sum(self.files[name].bytes for name in (self.files if names is None else names))

    def git_id(self, name: str) -> str:
        """The id that git gives the file: the Hub tells small files apart by it."""
        data = (self.folder / name).read_bytes()
        start = f"blob {len(data)}\0".encode()
        return hashlib.sha1(start + data, usedforsecurity=False).hexdigest()


def glance(folder: Path) -> None:
    """Raise UserError if there is no release in `folder`, or none that could ever be pushed.

    What costs nothing to find out, before anything else is asked for.
    """
    path = inventory.locate(folder)
    # What is wrong with a manifest that cannot be read, `load` says.
    with contextlib.suppress(inventory.ManifestError):
        _version(path, inventory.read_manifest(path))


def load(folder: Path) -> Local:
    """The release in `folder` (or its `release/`), every hash and count of it checked.

    Raises UserError naming the first problem, or if its version is no semantic version.
    """
    found = verify(folder)
    if found.problems:
        more = len(found.problems) - 1
        raise UserError(
            f"{found.path} is not as its manifest says: {found.problems[0]}"
            + (f" (and {more} more)" if more else "")
            + f". Nothing was uploaded. See: vsfa-data verify {folder}"
        )
    made = inventory.read_manifest(found.path)
    version = _version(found.path, made)
    files = dict(made.files) | {manifest.NAME: manifest.describe(found.path / manifest.NAME)}
    return Local(found.path, made, version, files)


def _version(path: Path, made: Manifest) -> Version:
    version = parse_version(made.version)
    if version is None:
        raise UserError(
            f"{path / manifest.NAME}: version '{one_line(made.version)}' is no semantic "
            f"version: three numbers such as 1.2.0 are. Set it in the recipe and build again"
        )
    return version
