"""What the text encoder said of sentences, kept on disk: reading one anew takes milliseconds.

A sentence's verdict depends on its words, the encoder and the weights alone, so it outlives every
change of a recipe. What is kept may vanish, be damaged or be read-only: then sentences are read
again, and nobody notices.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

FOLDER: Final = "verdicts"
"""In a build's work folder."""
_WAIT_S: Final = 10.0
_TABLE: Final = "CREATE TABLE IF NOT EXISTS verdicts (sentence BLOB PRIMARY KEY, judges INTEGER)"
_FIND: Final = "SELECT judges FROM verdicts WHERE sentence = ?"


class Verdicts:
    """Those in `folder` of one encoder with its weights, both named by `identity`."""

    def __init__(self, folder: Path, identity: Mapping[str, str]) -> None:
        named = sha256(repr(sorted(identity.items())).encode()).hexdigest()
        self.path = folder / f"{named[:32]}.sqlite"

    def find(self, sentences: Sequence[str]) -> dict[str, bool]:
        """Whether each sentence judges, of those that are here."""
        found: dict[str, bool] = {}
        if not self.path.is_file():
            return found
        with suppress(sqlite3.Error, OSError), closing(self._open()) as base:
            for sentence in sentences:
                row = base.execute(_FIND, (_key(sentence),)).fetchone()
                if row is not None and row[0] in (0, 1):
                    found[sentence] = bool(row[0])
        return found

    def add(self, verdicts: Mapping[str, bool]) -> None:
        """Keep more of them."""
        with suppress(sqlite3.Error, OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as base:
                base.execute(_TABLE)
                base.execute("BEGIN IMMEDIATE")
                rows = [(_key(sentence), int(judges)) for sentence, judges in verdicts.items()]
                base.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", rows)
                base.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        return base


def _key(sentence: str) -> bytes:
    return sha256(sentence.encode("utf-8", "surrogatepass")).digest()
