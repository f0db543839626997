"""Writing one split as Parquet files that stream, show in the viewer and dedupe on the Hub."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import pyarrow as pa

from vsfa_data.release.background import Background
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.partfile import PartFile
from vsfa_data.release.rows import Row

GROUP_ROWS: Final = (84, 116)
"""Rows of a row group: about the hundred that the dataset viewer shows on one page.

Where it ends between these is drawn by the image_id of its last row. So a row that is added moves
the end of its own group only, and the groups after it are, byte for byte, those of the last
version: the Hub has them already.
"""
_ONE_IN: Final = 8
MAX_GROUP_BYTES: Final = 32 * 2**20
"""Bytes of a row group, about; the viewer gives up on groups beyond some 286 MiB."""
MAX_FILE_BYTES: Final = 400 * 2**20
"""Bytes of a file, about: a failed download costs no more than this."""


def names(split: str, count: int) -> list[str]:
    """Final names of the files of a split, in order: `<split>-00000-of-00002.parquet`."""
    return [f"{split}-{number:05d}-of-{count:05d}.parquet" for number in range(count)]


class SplitWriter:
    """Rows of one split, in order, as files `<path>-00000.part` and so on.

    Holds at most one row group of rows. Where groups and files end depends on the rows alone,
    so equal rows make equal bytes. Files are written in the `background`, and threads of `disk`
    have them reach it. Call `close` when done, `abandon` if something failed.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, background: Background, disk: Executor
    ) -> None:
        self.digest = SplitDigest()
        self.bytes = 0
        self.parts: list[PartFile] = []
        self._path, self._schema = path, schema
        self._background, self._disk = background, disk
        self._lane = 0
        self._pending: list[Row] = []
        self._pending_bytes = self._file_bytes = 0
        self._open = False

    def add(self, row: Row) -> None:
        """Append a row."""
        size = self.digest.add(row) + (len(row["image"]["bytes"]) if "image" in row else 0)
        if self._pending and self._pending_bytes + size > MAX_GROUP_BYTES:
            self._write_group()
        self._pending.append(row)
        self._pending_bytes += size
        self.bytes += size
        large = self._pending_bytes > MAX_GROUP_BYTES // 2
        drawn = int(row["image_id"][-8:], 16) % _ONE_IN == 0
        if len(self._pending) >= GROUP_ROWS[0 if drawn else 1] or (large and drawn):
            self._write_group()

    def let_go(self) -> None:
        """Copy what is held, so that the memory which the rows came in can be let go."""
        for row in self._pending:
            if isinstance(row.get("image", {}).get("bytes"), memoryview):
                row["image"] = {"bytes": bytes(row["image"]["bytes"]), "path": None}

    def close(self) -> None:
        """Have the rest written. `parts` are whole once the background has finished."""
        # Its rows are held anyway: whoever gives it has other things to do than to wait for it.
        if self._pending:
            self._write_group(at_once=True)
        self._close_file()

    def abandon(self) -> None:
        """Let go of the open file without finishing it; the folder is about to be deleted."""
        for part in self.parts:
            part.abandon()

    def _write_group(self, *, at_once: bool = False) -> None:
        if self._file_bytes and self._file_bytes + self._pending_bytes > MAX_FILE_BYTES:
            self._close_file()
        if not self._open:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            path = self._path.with_name(f"{self._path.name}-{len(self.parts):05d}.part")
            self.parts.append(PartFile(path, self._schema, self._disk))
            self._lane = self._background.lane()
            self._open = True
        part, rows, size = self.parts[-1], self._pending, self._pending_bytes
        self._file_bytes += size
        self._pending, self._pending_bytes = [], 0
        self._background.do(lambda: part.write(rows), self._lane, size, at_once=at_once)

    def _close_file(self) -> None:
        if self._open:
            self._background.do(self.parts[-1].close, self._lane, at_once=True)
        self._open, self._file_bytes = False, 0
