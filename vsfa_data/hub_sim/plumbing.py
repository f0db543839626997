"""git's plumbing commands: running one, and writing a commit in a single go."""

from __future__ import annotations

import hashlib
import os
import subprocess
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

NOWHERE: Final = "0" * 40
"""The commit that git takes for "none"."""
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_ENVIRONMENT: Final = {
    # Nothing of the user's own git settings may change what is stored: no other GIT_* variable
    # reaches git either.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


class GitError(RuntimeError):
    """git refused; the text is what it said."""


def run(repository: Path, *words: str, stdin: bytes = b"", author: str = "nobody") -> bytes:
    """What `git words...` says in a bare repository. Raises GitError if it fails."""
    who = {"GIT_COMMITTER_NAME": author, "GIT_COMMITTER_EMAIL": f"{author}@localhost"}
    known = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    done = subprocess.run(  # noqa: S603 - no shell, and no word is an option unless ours
        ["git", *words],  # noqa: S607 - whichever git the user has
        check=False,
        cwd=repository,
        input=stdin,
        capture_output=True,
        env=known | _ENVIRONMENT | who | {"GIT_DIR": str(repository)},
    )
    if done.returncode != 0:
        raise GitError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def commit(
    repository: Path,
    parent: str | None,
    files: Mapping[str, bytes],
    gone: Iterable[str],
    signed: tuple[str, int],
    message: str,
) -> str:
    """A commit on top of `parent`: `files` written, `gone` removed. No reference moves.

    `signed` is by whom, and when in seconds since 1970.

    Raises GitError for a path that could leave a checkout or get into its `.git`.
    """
    gone = list(gone)
    author, seconds = signed
    for path in (*files, *gone):
        if any(part.lower() in ("", ".", "..", ".git") for part in path.split("/")):
            raise GitError(f"{path!r} is no path of a file")
    # git fast-import writes to a reference only, so it gets one that it deletes again.
    hidden = f"refs/unfinished/{uuid.uuid4().hex}"
    start = f"commit {hidden}\nmark :1\ncommitter {author} <{author}@localhost> {seconds} +0000\n"
    stream = [start.encode(), _data(message.encode())]
    stream += [f"from {parent}\n".encode()] if parent else []
    stream += [b"D " + _quoted(path) + b"\n" for path in gone]
    for path, content in files.items():
        stream += [b"M 100644 inline " + _quoted(path) + b"\n", _data(content)]
    stream += [f"\nget-mark :1\nreset {hidden}\nfrom {NOWHERE}\ndone\n".encode()]
    words = ("fast-import", "--quiet", "--done", "--date-format=raw")
    return run(repository, *words, stdin=b"".join(stream)).decode().split()[0]


def blob_id(content: bytes) -> str:
    """What git calls a blob of that content."""
    named = hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False)
    return named.hexdigest()


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it, whatever is in it."""
    safe = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{safe}"'.encode()
