"""One bare git repository, read and written with git's own plumbing commands."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vsfa_data.hub_sim import plumbing, pointers
from vsfa_data.hub_sim.plumbing import NOWHERE, GitError
from vsfa_data.hub_sim.pointers import Pointer

MAIN: Final = "refs/heads/main"
_MAX_CACHED_BYTES: Final = 65_536


class StaleError(Exception):
    """A reference no longer points to the commit that a change was made for."""


@dataclass(frozen=True)
class Entry:
    """A file or folder of a commit. `size` is that of the content, behind a pointer too."""

    path: str
    oid: str
    size: int
    is_folder: bool
    lfs: Pointer | None


@dataclass(frozen=True)
class Commit:
    """One entry of the history. `date` is as the Hub writes it."""

    oid: str
    author: str
    date: str
    title: str
    message: str


class Repository:
    """References, trees and blobs. Only one process may write to the folder at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._refs: dict[str, str] | None = None
        self._trees: dict[str, dict[str, Entry]] = {}
        self._blobs: dict[str, bytes] = {}
        self._logs: dict[tuple[str, str | None, int | None], list[Commit]] = {}

    @classmethod
    def create(cls, path: Path, files: Mapping[str, bytes], author: str) -> Repository:
        """A new repository whose `main` has one commit with `files`."""
        path.mkdir(parents=True)
        made = cls(path)
        made._git("init", "--quiet", "--bare", "--template=", "--initial-branch=main")
        made.update(MAIN, None, made.write(None, files, (), author, "initial commit"))
        return made

    def refs(self) -> dict[str, str]:
        """Full name of every reference, sorted -> the commit it leads to. Not to be changed."""
        if self._refs is None:
            form = "--format=%(refname)%00%(objectname)%00%(*objectname)"
            lines = self._git("for-each-ref", form).decode().splitlines()
            parts = (line.split("\0") for line in lines)
            self._refs = {name: peeled or oid for name, oid, peeled in parts}
        return self._refs

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag, `refs/...` or full commit id names."""
        refs = self.refs()
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if name in refs:
                return refs[name]
        if revision in self._trees:
            return revision
        if len(revision) == 40 and set(revision) <= set("0123456789abcdef"):
            try:
                return self._git("rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()
            except GitError:
                return None
        return None

    def tree(self, commit: str) -> dict[str, Entry]:
        """Every file and folder of a commit, by path, in git's order."""
        if commit not in self._trees:
            listed = self._git("ls-tree", "-r", "-t", "-l", "-z", commit).decode()
            rows = [row.split("\t", 1) for row in listed.split("\0") if row]
            found = [(path, *meta.split()[1:4]) for meta, path in rows]
            small = [
                oid
                for _, kind, oid, size in found
                if kind == "blob" and int(size) <= pointers.MAX_BYTES
            ]
            self._load(small)
            self._trees[commit] = {
                path: self._entry(path, kind, oid, size) for path, kind, oid, size in found
            }
        return self._trees[commit]

    def _entry(self, path: str, kind: str, oid: str, size: str) -> Entry:
        if kind != "blob":
            return Entry(path, oid, 0, is_folder=True, lfs=None)
        lfs = pointers.parse(self._blobs[oid]) if int(size) <= pointers.MAX_BYTES else None
        return Entry(path, oid, lfs.size if lfs else int(size), is_folder=False, lfs=lfs)

    def blob(self, oid: str) -> bytes:
        """Content of a blob."""
        if oid in self._blobs:
            return self._blobs[oid]
        data = self._git("cat-file", "blob", oid)
        if len(data) <= _MAX_CACHED_BYTES:
            self._blobs[oid] = data
        return data

    def _load(self, oids: Iterable[str]) -> None:
        missing = [oid for oid in dict.fromkeys(oids) if oid not in self._blobs]
        if not missing:
            return
        said, at = self._git("cat-file", "--batch", stdin="\n".join(missing).encode() + b"\n"), 0
        for oid in missing:
            end = said.index(b"\n", at)
            size = int(said[at:end].split()[2])
            self._blobs[oid] = said[end + 1 : end + 1 + size]
            at = end + 1 + size + 1

    def write(
        self,
        parent: str | None,
        files: Mapping[str, bytes],
        gone: Iterable[str],
        author: str,
        message: str,
    ) -> str:
        """A commit on top of `parent`, as `plumbing.commit`. No reference moves."""
        now = int(time.time())
        made = plumbing.commit(self.path, parent, files, gone, (author, now), message)
        # What was just written need not be asked for.
        history = self._logs.get((parent, None, None)) if parent else []
        if history is not None:
            head, _, body = message.strip("\n").partition("\n\n")
            title = " ".join(head.splitlines())
            commit = Commit(made, author, hub_time(now), title, body.strip("\n"))
            self._logs[made, None, None] = [commit, *history]
        for content in files.values():
            if len(content) <= _MAX_CACHED_BYTES:
                self._blobs[plumbing.blob_id(content)] = content
        return made

    def update(self, ref: str, old: str | None, new: str) -> None:
        """Move or make a reference. Raises StaleError unless it points to `old` now."""
        refs, self._refs = self.refs(), None
        try:
            self._git("update-ref", ref, new, old or NOWHERE)
        except GitError as error:
            raise StaleError(str(error)) from None
        self._refs = dict(sorted({**refs, ref: new}.items()))

    def delete(self, ref: str) -> None:
        """Remove a reference; what it led to stays until git cleans up."""
        refs, self._refs = self.refs(), None
        self._git("update-ref", "-d", ref)
        self._refs = {name: commit for name, commit in refs.items() if name != ref}

    def tag(self, name: str, commit: str, author: str, message: str | None) -> None:
        """Make a tag: an annotated one if there is a message."""
        annotation = ["-a", "-m", message] if message else []
        refs, self._refs = self.refs(), None
        # Not `--`: a name is checked before it comes here and starts with no dash.
        self._git("tag", *annotation, name, commit, author=author)
        self._refs = dict(sorted({**refs, f"refs/tags/{name}": commit}.items()))

    def log(self, commit: str, path: str | None = None, limit: int | None = None) -> list[Commit]:
        """History from `commit` back, newest first; of one path if it is given."""
        # Nothing but a commit's id is asked for, so an answer holds for ever.
        asked = (commit, path, limit)
        if asked not in self._logs:
            self._logs[asked] = self._read_log(*asked)
        return self._logs[asked]

    def _read_log(self, commit: str, path: str | None, limit: int | None) -> list[Commit]:
        form = "--format=%H%x00%an%x00%at%x00%s%x00%b%x01"
        some = [f"-{limit}"] if limit else []
        said = self._git("log", form, *some, commit, "--", *([path] if path else [])).decode()
        rows = [row.strip("\n").split("\0") for row in said.split("\x01") if row.strip("\n")]
        return [Commit(oid, who, hub_time(int(at)), *text) for oid, who, at, *text in rows]

    def _git(self, *words: str, stdin: bytes = b"", author: str = "nobody") -> bytes:
        return plumbing.run(self.path, *words, stdin=stdin, author=author)


def hub_time(seconds: float) -> str:
    """Seconds since 1970 as the Hub writes a time: `2024-05-01T12:00:00.000Z`."""
    when = datetime.fromtimestamp(seconds, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
