"""A release at a revision on the Hub: read in parts for a comparison, or whole to be verified."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.release import manifest
from vsfa_data.release.contents import Folder, read, read_manifest
from vsfa_data.release.diff import diff
from vsfa_data.release.hub.fresh import download
from vsfa_data.release.hub.names import Place
from vsfa_data.release.hub.remote import KIND, Repository
from vsfa_data.release.hub.scratch import scratch
from vsfa_data.release.hub.trouble import GatedError, explained
from vsfa_data.release.manifest import Manifest

_BLOCK_BYTES: Final = 2**16


@dataclass(frozen=True)
class OnHub:
    """A commit of a repository. Only what is asked of a file is transferred."""

    repository: Repository
    commit: str
    label: str

    def manifest(self) -> Manifest:
        """Its manifest."""
        with scratch() as folder:
            self.repository.ask(lambda: self._fetch(folder), f"read {self.label}")
            return read_manifest(folder, self.label)

    def _fetch(self, folder: Path) -> None:
        from huggingface_hub.errors import RemoteEntryNotFoundError

        try:
            self.repository.api.hf_hub_download(
                self.repository.id,
                manifest.NAME,
                repo_type=KIND,
                revision=self.commit,
                local_dir=folder,
            )
        except RemoteEntryNotFoundError:
            raise UserError(
                f"{self.label} has no {manifest.NAME}: it is no release of this toolkit"
            ) from None

    def open(self, name: str) -> Any:
        """A file of it, read in ranges."""
        return _explaining(self._open(name), f"read {name} of {self.label}")

    def _open(self, name: str) -> Any:
        from huggingface_hub import HfFileSystem

        api = self.repository.api
        files = HfFileSystem(endpoint=api.endpoint, token=api.token, skip_instance_cache=True)
        place = f"{KIND}s/{self.repository.id}@{self.commit}/{name}"
        with explained(f"read {name} of {self.label}"):
            return files.open(place, block_size=_BLOCK_BYTES)


@contextlib.contextmanager
def _explaining(file: Any, doing: str) -> Iterator[Any]:
    with file, explained(doing):
        yield file


def how_it_differs(repository: Repository, revision: str, folder: Path) -> str:
    """One line: how the release in `folder` differs from that of a revision."""
    try:
        there = read(at(repository, Place(repository.id, revision)))
    except GatedError:
        return "its gate hides which"
    return diff(there, read(Folder(folder, str(folder)))).brief()


def at(repository: Repository, place: Place) -> OnHub:
    """The commit that a place names now. Raises UserError if there is none."""
    return OnHub(repository, repository.commit_at(place.revision or "main"), str(place))


@contextlib.contextmanager
def fetched(repository: Repository, place: Place) -> Iterator[Path]:
    """Every file of a revision in a folder that is gone when the block ends."""
    commit = repository.commit_at(place.revision or "main")
    with scratch() as folder:
        repository.ask(
            lambda: download(repository.api, place.repo_id, commit, folder),
            f"download {place}",
        )
        yield folder
