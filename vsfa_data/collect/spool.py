"""Where downloaded images wait for their shard to be finished: in memory, then in files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vsfa_data.workspace import StageFolder, writing

MAX_MEMORY: Final = 128 * 2**20
"""Bytes of images that wait in memory for their shard to be finished; others wait in files."""


@dataclass
class _Kept:
    """What is kept of one shard: its files, bytes in them, bytes in memory."""

    files: list[Path] = field(default_factory=list)
    filed: int = 0
    memory: int = 0


class Spool:
    """Images that wait for their shard to be finished.

    A build that was killed leaves files behind; the next one deletes them, as the workspace does
    with all temporary files.
    """

    def __init__(self, folder: StageFolder) -> None:
        self._folder, self._shards = folder, dict[int, _Kept]()
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

    def clear(self) -> None:
        """Delete all files."""
        for index in tuple(self._shards):
            self._delete(index)

    def sweep(self) -> None:
        """Let go of finished shards."""
        for index in [index for index in self._shards if self._folder.has(index)]:
            self._delete(index)

    def _delete(self, index: int) -> None:
        kept = self._shards.pop(index)
        self._memory -= kept.memory
        self._filed -= kept.filed
        for path in kept.files:
            path.unlink(missing_ok=True)
