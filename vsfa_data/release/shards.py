"""Writing one split as Parquet files that stream, show in the viewer and dedupe on the Hub."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.release.fingerprint import SplitDigest
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
CHUNKING: Final = {"min_chunk_size": 4_096, "max_chunk_size": 16_384, "norm_level": 0}
"""Content-defined pages, so small that nearly every picture is one of its own: those around a new
picture stay as they were. With the 256 KiB to 1 MiB that `datasets` uses, the pages need several
MB to fall into step again, and 1% more pictures change 8% of a release (benchmarks/package.py)."""


def leaves(name: str, kind: pa.DataType) -> list[str]:
    """Parquet paths of the columns that `kind` is stored in: `qa.list.element.answer`."""
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in leaves(f"{name}.{field.name}", field.type)]
    if pa.types.is_list(kind):
        return leaves(f"{name}.list.element", kind.value_type)
    return [name]


def named(folder: Path, split: str, parts: Sequence[Path]) -> list[Path]:
    """Give the files of a split, in order, their final names: `<split>-00000-of-00002.parquet`."""
    return [
        part.rename(folder / f"{split}-{number:05d}-of-{len(parts):05d}.parquet")
        for number, part in enumerate(parts)
    ]


class SplitWriter:
    """Rows of one split, in order, as files `<folder>/<stem>-00000.part` and so on.

    Holds at most one row group of rows. Where groups and files end depends on the rows alone,
    so equal rows make equal bytes. Call `close` when done, `abandon` if something failed.
    """

    def __init__(self, folder: Path, stem: str, schema: pa.Schema) -> None:
        self.digest = SplitDigest()
        self.bytes = 0
        self._folder, self._stem, self._schema = folder, stem, schema
        self._pending: list[Row] = []
        self._pending_bytes = self._file_bytes = 0
        self._parts: list[Path] = []
        self._file: BinaryIO | None = None
        self._writer: pq.ParquetWriter | None = None

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

    def close(self) -> list[Path]:
        """Write what is left; the files, to be given to `named`."""
        if self._pending:
            self._write_group()
        self._close_file()
        return self._parts

    def abandon(self) -> None:
        """Let go of the open file without finishing it; the folder is about to be deleted."""
        if self._writer is not None:
            # Its finaliser would try to write the footer once more.
            self._writer.is_open = False
        if self._file is not None:
            self._file.close()

    def _write_group(self) -> None:
        if self._file_bytes and self._file_bytes + self._pending_bytes > MAX_FILE_BYTES:
            self._close_file()
        writer = self._writer or self._open_file()
        table = pa.Table.from_pylist(self._pending, schema=self._schema)
        writer.write_table(table, row_group_size=len(self._pending))
        self._file_bytes += self._pending_bytes
        self._pending, self._pending_bytes = [], 0

    def _open_file(self) -> pq.ParquetWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._parts.append(self._folder / f"{self._stem}-{len(self._parts):05d}.part")
        self._file = self._parts[-1].open("wb")
        paths = [leaf for field in self._schema for leaf in leaves(field.name, field.type)]
        texts = [path for path in paths if path != "image.bytes"]
        self._writer = pq.ParquetWriter(
            self._file,
            self._schema,
            # Pictures are compressed already, and no reader looks for the smallest of them.
            compression={path: "snappy" if path in texts else "none" for path in paths},
            use_dictionary=texts,
            write_statistics=texts,
            write_page_index=True,
            use_content_defined_chunking=CHUNKING,
        )
        return self._writer

    def _close_file(self) -> None:
        if self._writer is not None and self._file is not None:
            self._writer.add_key_value_metadata({"content_defined_chunking": json.dumps(CHUNKING)})
            self._writer.close()
            self._file.close()
        self._writer, self._file, self._file_bytes = None, None, 0
