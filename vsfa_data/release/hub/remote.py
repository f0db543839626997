"""What is on the Hub: a repository's settings and references, the files of a revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from vsfa_data.errors import UserError, printable
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.names import Version, tags_told, version_of_tag
from vsfa_data.release.hub.session import Patience
from vsfa_data.release.hub.trouble import patiently

if TYPE_CHECKING:
    from huggingface_hub import HfApi

T = TypeVar("T")

KIND: Final = "dataset"
KEPT: Final = (".gitattributes",)
"""Files that the Hub put there and that stay."""


@dataclass(frozen=True)
class Stored:
    """A file on the Hub: its sha256 if it lies outside git, else git's id."""

    bytes: int
    sha256: str | None
    git_id: str


@dataclass(frozen=True)
class Remote:
    """A dataset repository as it is. Values of `tags` and `branches` are commits."""

    private: bool
    gate: str
    """`no`, `auto` or `manual`."""
    branches: Mapping[str, str]
    tags: Mapping[Version, str]

    @property
    def head(self) -> str:
        """The commit that `main` points to."""
        return self.branches["main"]


@dataclass(frozen=True)
class Changes:
    """What would make a revision equal to the release: files to put there, files to remove."""

    put: tuple[str, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)


@dataclass(frozen=True)
class Repository:
    """One dataset repository, asked patiently."""

    api: HfApi
    id: str
    patience: Patience

    def ask(self, call: Callable[[], T], doing: str) -> T:
        """What `call` gives; see `patiently`."""
        return patiently(call, doing, self.patience)

    def look(self) -> Remote | None:
        """Its settings and references now; None if there is no such dataset for this token."""
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

        def info() -> tuple[bool, str] | None:
            try:
                found = self.api.repo_info(self.id, repo_type=KIND)
            except GatedRepoError:
                raise
            except RepositoryNotFoundError:
                return None
            return bool(found.private), str(found.gated or "no")

        settings = self.ask(info, f"look at {self.id}")
        if settings is None:
            return None
        refs = self.ask(
            lambda: self.api.list_repo_refs(self.id, repo_type=KIND),
            f"list the branches and tags of {self.id}",
        )
        tags = {version_of_tag(tag.name): tag.target_commit for tag in refs.tags}
        branches = {branch.name: branch.target_commit for branch in refs.branches}
        if "main" not in branches:
            raise UserError(f"{self.id} has no branch 'main', which versions are published on")
        return Remote(
            private=settings[0],
            gate=settings[1],
            branches=branches,
            tags={version: commit for version, commit in tags.items() if version},
        )

    def commit_at(self, revision: str) -> str:
        """The commit that a branch, tag or reference points to."""

        def ask() -> str:
            return str(self.api.repo_info(self.id, repo_type=KIND, revision=revision).sha)

        from huggingface_hub.errors import RevisionNotFoundError

        try:
            return self.ask(ask, f"look at {self.id}@{revision}")
        except UserError as error:
            if not isinstance(error.__cause__, RevisionNotFoundError):
                raise
            raise UserError(
                f"{self.id}: there is no such revision '{printable(revision)}'. {self._tags()}"
            ) from error

    def _tags(self) -> str:
        """Its tags in a sentence, and what to do without."""
        refs = self.ask(
            lambda: self.api.list_repo_refs(self.id, repo_type=KIND), f"list the tags of {self.id}"
        )
        return tags_told([tag.name for tag in refs.tags])

    def files_at(self, revision: str) -> dict[str, Stored]:
        """Every file of a revision."""
        from huggingface_hub.hf_api import RepoFile

        def ask() -> dict[str, Stored]:
            listed = self.api.list_repo_tree(
                self.id, recursive=True, repo_type=KIND, revision=revision
            )
            return {
                one.path: Stored(one.size, one.lfs.sha256 if one.lfs else None, one.blob_id)
                for one in listed
                if isinstance(one, RepoFile)
            }

        return self.ask(ask, f"list the files of {self.id}@{revision}")

    def changes(self, local: Local, revision: str) -> Changes:
        """What would make `revision` equal to the release."""
        stored = self.files_at(revision)
        put = [name for name in local.files if not _same(local, name, stored.get(name))]
        gone = [name for name in stored if name not in local.files and name not in KEPT]
        return Changes(tuple(sorted(put)), tuple(sorted(gone)))


def _same(local: Local, name: str, stored: Stored | None) -> bool:
    """Whether the Hub has the same bytes under that name: by hash, not by name and size."""
    if stored is None or stored.bytes != local.files[name].bytes:
        return False
    if stored.sha256 is not None:
        return stored.sha256 == local.files[name].sha256
    return stored.git_id == local.git_id(name)
