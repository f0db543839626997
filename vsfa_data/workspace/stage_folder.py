"""The folder of one stage: its shards, and the key that says what they were made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from vsfa_data.errors import WorkspaceError
from vsfa_data.files.atomic import write_atomically, writing
from vsfa_data.files.canonical_json import canonical, digest, read_object
from vsfa_data.workspace.differences import differences
from vsfa_data.workspace.shards import ShardFolder

OURS: Final = re.compile(
    r"key\.json|done\.json|released\.json|balance\.json|audit\.csv|(part|rejects)-\d+\.parquet|\.tmp-\d+-.*"
)
"""Names of the files in a stage's folder."""

Status = Literal["computed", "resumed", "recomputed", "reused"]


@dataclass(frozen=True)
class Preparation:
    """What `StageFolder.prepare` found: the stage key, what will be done, and why."""

    key: str
    status: Status
    why: tuple[str, ...]


class StageFolder(ShardFolder):
    """Where a stage keeps its shards, with what is to be known of them."""

    def prepare(self, ingredients: Mapping[str, Any]) -> Preparation:
        """Make the folder ready for shards made from `ingredients`; drop any made from others."""
        key, noted = digest(ingredients), read_object(self.path / "key.json")
        if noted is not None and noted.get("key") == key:
            status: Status = "reused" if self.finished() is not None else "resumed"
            return Preparation(key, status, ())
        why = tuple(differences(noted.get("ingredients", {}), ingredients)) if noted else ()
        with writing(self.path):
            # The key goes first: shards without a key beside them are never trusted.
            (self.path / "key.json").unlink(missing_ok=True)
            self._clear()
            self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(
            self.path / "key.json", canonical({"key": key, "ingredients": ingredients})
        )
        return Preparation(key, "recomputed" if noted else "computed", why)

    def _clear(self) -> None:
        """Delete what a stage wrote, and nothing else: a user's file there stops the build."""
        found = sorted(self.path.iterdir()) if self.path.is_dir() else []
        foreign = [path for path in found if path.is_dir() or not OURS.match(path.name)]
        if foreign or self.path.is_symlink():
            raise WorkspaceError(
                f"{foreign[0] if foreign else self.path} is not of this program's making, and "
                f"{self.path} is where a stage keeps its shards. Move it away, or choose another "
                f"folder with --out"
            )
        for path in found:
            path.unlink()

    def write_beside(self, files: Mapping[str, bytes]) -> None:
        """Write what a stage has to say of all its shards, before `finish`."""
        for name, content in files.items():
            write_atomically(self.path / name, content)

    def read_beside(self, name: str) -> dict[str, Any]:
        """What the stage has said in a JSON file beside its shards; empty if there is none."""
        return read_object(self.path / name) or {}

    def finish(self, shards: int, **notes: str) -> None:
        """Note that the stage has all its shards, and what else is to be known of them."""
        said = {"shards": shards, **notes}
        if read_object(self.path / "done.json") != said:
            write_atomically(self.path / "done.json", canonical(said))

    def note(self, name: str) -> str | None:
        """What `finish` was told as `name`, or None."""
        found = (read_object(self.path / "done.json") or {}).get(name)
        return found if isinstance(found, str) else None

    def finished(self) -> int | None:
        """How many shards there are, or None while the stage is unfinished."""
        noted = read_object(self.path / "done.json")
        shards = noted.get("shards") if noted else None
        if not isinstance(shards, int) or not all(self.has(index) for index in range(shards)):
            return None
        # A note that somebody has edited must not have shards forgotten.
        return None if self.has(max(shards, 0)) or shards < 0 else shards
