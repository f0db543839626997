"""A finished adapter to the Hub: one commit, so whole or not at all, and read back."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.errors import SetupError, UserError
from vsfa_data.files import checksums
from vsfa_data.release.hub import identity
from vsfa_data.release.hub.names import check_repo_id
from vsfa_data.release.hub.session import Patience, connected, find_token
from vsfa_data.release.hub.trouble import patiently
from vsfa_data.train.folder import RUN

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_THEIRS: Final = frozenset({".gitattributes"})
"""What the Hub itself puts into a new repository."""


@dataclass(frozen=True)
class PushedAdapter:
    """Where it is. `unchanged`: it was there already, and nothing was uploaded."""

    repo_id: str
    commit: str
    unchanged: bool


def check(repo_id: str) -> None:
    """Raise UserError for what would make the push fail after hours of training."""
    check_repo_id(repo_id)
    identity.require(find_token())


def push(
    folder: Path, repo_id: str, endpoint: str, patience: Patience | None = None
) -> PushedAdapter:
    """Push the adapter in `folder` to the private model repository `repo_id`, made if need be.

    Raises UserError if the repository holds anything else; then it is as it was.
    """
    check(repo_id)
    patience = patience or Patience()
    with connected(endpoint, find_token(), patience, quiet=True) as api:
        identity.identify(api, patience)
        create = partial(api.create_repo, repo_id, private=True, exist_ok=True)
        patiently(create, f"create {repo_id}", patience)
        info: Any = patiently(partial(api.model_info, repo_id), f"look at {repo_id}", patience)
        there = {one.rfilename for one in info.siblings or ()} - _THEIRS
        if there:
            _require_same(api, folder, repo_id, str(info.sha), there)
            return PushedAdapter(repo_id, str(info.sha), unchanged=True)
        commit = _commit(api, folder, repo_id, str(info.sha))
        _read_back(api, folder, repo_id, commit)
    return PushedAdapter(repo_id, commit, unchanged=False)


def _commit(api: HfApi, folder: Path, repo_id: str, head: str) -> str:
    from huggingface_hub import CommitOperationAdd

    add = [CommitOperationAdd(path.name, path) for path in sorted(folder.iterdir())]
    record = json.loads((folder / RUN).read_bytes())
    title = f"Adapter for {record['model']['name']}, {record['dataset']['config']}"
    made: Any = api.create_commit(repo_id, add, commit_message=title[:200], parent_commit=head)
    return str(made.oid)


def _require_same(api: HfApi, folder: Path, repo_id: str, commit: str, there: set[str]) -> None:
    """Raise UserError unless the repository holds this adapter, byte by byte."""
    if RUN not in there:
        raise UserError(
            f"{repo_id} holds files that are no adapter of this toolkit, and they stay. Give "
            f"another repository with --push"
        )
    if there != {path.name for path in folder.iterdir()} or _differing(
        api, folder, repo_id, commit
    ):
        raise UserError(
            f"{repo_id} holds another adapter, and it stays. Give another repository with --push"
        )


def _read_back(api: HfApi, folder: Path, repo_id: str, commit: str) -> None:
    if wrong := _differing(api, folder, repo_id, commit):
        raise SetupError(
            f"{repo_id} at {commit[:12]} came back with another {wrong[0]} than was uploaded. "
            f"Delete that repository, then run the same command again"
        )


def _differing(api: HfApi, folder: Path, repo_id: str, commit: str) -> list[str]:
    """Names of the files whose bytes on the Hub are others than in `folder`."""
    with tempfile.TemporaryDirectory() as fresh:
        api.snapshot_download(repo_id, revision=commit, local_dir=fresh)
        sums = checksums.of_files(folder.iterdir())
        back = checksums.of_files(Path(fresh) / path.name for path in sums)
        return [path.name for path, one in sums.items() if back[Path(fresh) / path.name] != one]
