"""Where repositories lie: `<root>/<datasets|models|spaces>/<namespace>/<name>/`.

git/          bare git repository
lfs/ab/cd/..  large files by sha256, laid out as git-lfs does
about.json    visibility, gate, who was let in, discussions
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from vsfa_data.files.atomic import write_atomically
from vsfa_data.hub_sim.answers import RefusedError
from vsfa_data.hub_sim.git import Repository

KINDS: Final = ("datasets", "models", "spaces")
NAME: Final = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
_LARGE: Final = (
    "7z arrow avro bin bz2 ckpt ftz gz h5 joblib jpeg jpg mp3 mp4 msgpack npy npz onnx parquet pb "
    "pickle pkl png pt pth rar safetensors tar tflite tgz wasm wav webp xz zip zst"
)
"""Endings of what a new repository stores outside git."""


class Discussion(BaseModel):
    """A discussion, or a pull request if `is_pull_request`."""

    num: int
    title: str
    description: str
    author: str
    created: str
    is_pull_request: bool
    status: str
    merged: str | None = None
    """The commit that merged it."""


class About(BaseModel):
    """What git does not hold."""

    private: bool = False
    gated: str | bool = False
    granted: list[str] = []
    pending: list[str] = []
    discussions: list[Discussion] = []


class Repo:
    """One repository with its settings and large files."""

    def __init__(self, kind: str, namespace: str, name: str, folder: Path) -> None:
        self.kind, self.namespace, self.name, self.folder = kind, namespace, name, folder
        self.git = Repository(folder / "git")
        self.about = About.model_validate_json((folder / "about.json").read_bytes())

    @property
    def id(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    def save(self) -> None:
        """Write the settings down."""
        write_atomically(self.folder / "about.json", self.about.model_dump_json().encode())

    def large_file(self, sha256: str) -> Path:
        """Where a large file is, or would be."""
        return self.folder / "lfs" / sha256[:2] / sha256[2:4] / sha256


class Storage:
    """All repositories under a folder. One process at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open: dict[tuple[str, str, str], Repo] = {}

    def find(self, kind: str, namespace: str, name: str) -> Repo | None:
        """The repository, or None."""
        key = (kind, namespace, name)
        if key not in self._open:
            if kind not in KINDS or not NAME.fullmatch(namespace) or not NAME.fullmatch(name):
                return None
            folder = self.root / kind / namespace / name
            if not (folder / "about.json").is_file():
                return None
            self._open[key] = Repo(*key, folder)
        return self._open[key]

    def create(self, kind: str, namespace: str, name: str, author: str, *, private: bool) -> Repo:
        """A new repository. Raises RefusedError for a name that cannot be one."""
        if not NAME.fullmatch(namespace) or not NAME.fullmatch(name):
            raise RefusedError(400, f"Invalid repository name: {namespace}/{name}")
        folder = self.root / kind / namespace / name
        # What a killed server left half made has no settings yet.
        shutil.rmtree(folder, ignore_errors=True)
        attributes = "".join(
            f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in _LARGE.split()
        )
        Repository.create(folder / "git", {".gitattributes": attributes.encode()}, author)
        write_atomically(folder / "about.json", About(private=private).model_dump_json().encode())
        found = self.find(kind, namespace, name)
        if found is None:
            raise RuntimeError(f"{folder} was made but cannot be found")
        return found

    def delete(self, repo: Repo) -> None:
        """Remove a repository for good."""
        del self._open[repo.kind, repo.namespace, repo.name]
        shutil.rmtree(repo.folder)


def as_plain(value: BaseModel) -> Any:
    """A model as JSON would hold it."""
    return json.loads(value.model_dump_json())
