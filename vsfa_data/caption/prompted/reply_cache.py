"""Replies on disk: what a model has said once is replayed and never asked again.

Replies change with the batch, the hardware and the library, so that asking again would make
another dataset; and they cost GPU time or money. Each is written as soon as it is there, so that a
machine that dies takes none of them with it, not even those of a half-finished shard.

They lie in one SQLite file in the work folder, whose journal brings it back to the last whole reply
after a crash or a power cut, and which any number of worker processes may write to.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, get_args

from vsfa_data.caption.prompted.replies import Finish, Reply
from vsfa_data.errors import SetupError, WorkspaceError
from vsfa_data.files.atomic import writing
from vsfa_data.files.canonical_json import digest

FILE: Final = "replies.sqlite"
_WAIT_S: Final = 60.0
"""How long a process waits for others to finish writing; a write takes less than a millisecond."""
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS asked (key TEXT PRIMARY KEY, what TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS replies (
        asked TEXT NOT NULL, image_id TEXT NOT NULL, text TEXT NOT NULL, finish TEXT NOT NULL,
        input_tokens INTEGER, output_tokens INTEGER, cost REAL,
        PRIMARY KEY (asked, image_id)
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True)
class Asked:
    """All that decides a reply beside the picture."""

    captioner: str
    """The captioner's identity."""
    prompt: str
    """Its words."""
    version: str
    """Version of the prompt set."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Length, sampling, size of the picture: plain JSON."""

    @cached_property
    def what(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "captioner": self.captioner,
            "prompt": self.prompt,
            "version": self.version,
            "parameters": dict(self.parameters),
        }

    @cached_property
    def key(self) -> str:
        """sha256 (hex) over all of it."""
        return digest(self.what)


class ReplyCache:
    """The replies in `folder`, which is made if need be. Used by one thread.

    Raises WorkspaceError if what lies there is damaged, SetupError if it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with self._explained():
            self._base = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            # Appended to a log and synced by the system: a killed process loses nothing.
            _use_journal(self._base)
            self._base.execute("PRAGMA synchronous = NORMAL")
            for table in _TABLES:
                self._base.execute(table)

    def find(self, image_id: str, asked: Asked) -> Reply | None:
        """What was replied about that picture, if it is here."""
        with self._explained():
            row = self._base.execute(
                "SELECT text, finish FROM replies WHERE asked = ? AND image_id = ?",
                (asked.key, image_id),
            ).fetchone()
        return Reply(*row) if row and row[1] in get_args(Finish) else None

    def add(self, image_id: str, asked: Asked, reply: Reply) -> None:
        """Keep a reply. One that never came is not kept: it may come the next time."""
        if reply.finish == "failed":
            return
        usage = reply.usage or (None, None, None)
        with self._explained():
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute(
                "INSERT OR IGNORE INTO asked VALUES (?, ?)", (asked.key, json.dumps(asked.what))
            )
            self._base.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)",
                (asked.key, image_id, reply.text, reply.finish, *usage),
            )
            self._base.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise SetupError(
                f"{self.path} cannot be used ({error}). Free some space or choose a local folder "
                f"with --out, then run the same command again: replies so far are kept"
            ) from error
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                f"{self.path} is damaged ({error}). Move it away and run the same command again; "
                f"the pictures of unfinished shards will be asked about anew"
            ) from error


def _use_journal(base: sqlite3.Connection) -> None:
    """Switch to the write-ahead log.

    Of two processes that do so at once SQLite tells one that the file is locked, and does not wait.
    """
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            base.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
