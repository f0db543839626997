"""Where downloaded images wait for their shard to be finished: in memory, then in files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vsfa_data.files.atomic import writing
from vsfa_data.workspace import StageFolder

MAX_MEMORY: Final = 128 * 2**20
"""Bytes of images that wait in memory for their shard to be finished; others wait in files."""


@dataclass
class _Kept:
    """Files, bytes in them, bytes in memory."""

    files: list[Path] = field(default_factory=list)
    filed: int = 0
    memory: int = 0


class Spool:
    """Images that wait for their shard to be finished, or for the piece of it that they are in.

    A build that was killed leaves files behind; the next one deletes them, as the workspace does
    with all temporary files.
    """

    def __init__(self, folder: StageFolder) -> None:
        self._folder, self._shards = folder, dict[int, _Kept]()
        self._passed: dict[Path, _Kept] = {}  # what early pieces are made from, by their files
        self._early: dict[int, list[Path]] = {}
        self._filed = self._memory = 0

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._filed + self._memory

    def put(self, index: int, position: int, data: bytes) -> dict[str, bytes]:
        """`data` of shard `index` as a candidate has it: in `data` or in the file at `path`."""
        kept = self._shards.setdefault(index, _Kept())
        if self._memory + len(data) <= MAX_MEMORY:
            kept.memory += len(data)
            self._memory += len(data)
            return {"data": data}
        path = self._folder.path / f".tmp-{os.getpid()}-{position}.fetched"
        kept.files.append(path)
        kept.filed += len(data)
        self._filed += len(data)
        with writing(path):
            path.write_bytes(data)
        return {"path": os.fsencode(path)}

    def piece(self, index: int) -> Path:
        """Where to put what becomes of all that was put for shard `index` since the last piece.

        Once that file is there, what it is made from goes; it goes itself with the shard.
        """
        early = self._early.setdefault(index, [])
        path = self._folder.path / f".tmp-{os.getpid()}-{index}-{len(early)}.early"
        early.append(path)
        self._passed[path] = self._shards.pop(index, _Kept())
        return path

    def clear(self) -> None:
        """Delete all files."""
        for kept in (*self._shards.values(), *self._passed.values()):
            self._delete(kept)
        for paths in self._early.values():
            self._delete(_Kept(paths))
        self._shards, self._passed, self._early = {}, {}, {}

    def sweep(self) -> None:
        """Let go of finished pieces and shards."""
        for path in [path for path in self._passed if path.exists()]:
            self._delete(self._passed.pop(path))
        for index in [index for index in self._shards if self._folder.has(index)]:
            self._delete(self._shards.pop(index))
        for index in [index for index in self._early if self._folder.has(index)]:
            self._delete(_Kept(self._early.pop(index)))

    def _delete(self, kept: _Kept) -> None:
        self._memory -= kept.memory
        self._filed -= kept.filed
        for path in kept.files:
            path.unlink(missing_ok=True)
