"""One Parquet file of a release: how rows become a table, and a table bytes on the disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.release.manifest import File
from vsfa_data.release.room import Room, of_this_thread
from vsfa_data.release.rows import Row
from vsfa_data.release.sink import Sink

CHUNKING: Final = {"min_chunk_size": 4_096, "max_chunk_size": 16_384, "norm_level": 0}
"""Content-defined pages, so small that nearly every picture is one of its own: those around a new
picture stay as they were. With the 256 KiB to 1 MiB that `datasets` uses, the pages need several
MB to fall into step again, and 1% more pictures change 8% of a release (benchmarks/package.py)."""
_BUFFER_BYTES: Final = 2**20
_SYNC_BYTES: Final = 2**25
"""So much is written before the disk is told to begin with it: it works beside the processor."""


def leaves(name: str, kind: pa.DataType) -> list[str]:
    """Parquet paths of the columns that `kind` is stored in: `qa.list.element.answer`."""
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in leaves(f"{name}.{field.name}", field.type)]
    if pa.types.is_list(kind):
        return leaves(f"{name}.list.element", kind.value_type)
    return [name]


def options(schema: pa.Schema) -> dict[str, Any]:
    """How Arrow is to write the columns."""
    paths = [leaf for field in schema for leaf in leaves(field.name, field.type)]
    texts = [path for path in paths if path != "image.bytes"]
    return {
        # Pictures are compressed already, and no reader looks for the smallest of them.
        "compression": {path: "snappy" if path in texts else "none" for path in paths},
        "use_dictionary": texts,
        "write_statistics": texts,
        "write_page_index": True,
        "use_content_defined_chunking": CHUNKING,
    }


def as_table(rows: Sequence[Row], schema: pa.Schema, room: Room | None = None) -> pa.Table:
    """Rows as a table, whose pictures lie in `room` if one is given.

    Bytes of pictures may be any buffers; they are copied once.
    """
    columns = {
        field.name: _pictures([row["image"]["bytes"] for row in rows], field.type, room or Room())
        if field.name == "image"
        else pa.array([row[field.name] for row in rows], field.type)
        for field in schema
    }
    return pa.table(columns, schema)


def _pictures(data: Sequence[bytes | memoryview], kind: pa.DataType, room: Room) -> pa.StructArray:
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    held = room.of(int(ends[-1]))
    for start, one in zip(ends.tolist(), data, strict=False):
        # As slices of memoryviews do, but other threads may go on meanwhile.
        held[start : start + len(one)] = np.asarray(memoryview(one))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(held)]
    stored = pa.Array.from_buffers(pa.binary(), len(data), buffers)
    return pa.StructArray.from_arrays([stored, pa.nulls(len(data), pa.string())], fields=list(kind))


class PartFile:
    """A Parquet file that is written row group by row group, by one thread at a time.

    Nearly all is done without Python's lock. Once closed, `described` says what it holds. The
    threads of `disk` have it reach the disk meanwhile; when they are done, `settle` it.
    """

    def __init__(self, path: Path, schema: pa.Schema, disk: Executor) -> None:
        self.path, self._schema, self._disk = path, schema, disk
        self._described: File | None = None
        self._sink: Sink | None = None
        self._opened: tuple[Sink, Any, pq.ParquetWriter] | None = None
        self._syncing = 0

    @property
    def described(self) -> File:
        """What the closed file holds."""
        if self._described is None:
            raise RuntimeError(f"{self.path} is not finished")
        return self._described

    def write(self, rows: Sequence[Row]) -> None:
        """Append a row group. Raises OSError if there is no room for it."""
        sink, _, writer = self._opened = self._opened or self._open()
        writer.write_table(as_table(rows, self._schema, of_this_thread()), row_group_size=len(rows))
        sink.check()
        if sink.tell() - self._syncing >= _SYNC_BYTES:
            self._syncing = sink.tell()
            self._disk.submit(sink.sync)

    def close(self) -> None:
        """Finish it."""
        if self._opened is not None:
            sink, buffered, writer = self._opened
            writer.add_key_value_metadata({"content_defined_chunking": json.dumps(CHUNKING)})
            writer.close()
            buffered.close()
            self._described = sink.finish()
            self._disk.submit(sink.sync)
            self._opened = None

    def settle(self) -> None:
        """Make sure that it is on the disk. Raises OSError if it is not."""
        if self._sink is not None:
            self._sink.check()
        self.abandon()

    def abandon(self) -> None:
        """Let go of it, finished or not."""
        if self._opened is not None:
            # Its finaliser would try to write the footer once more.
            self._opened[2].is_open = False
        if self._sink is not None:
            self._sink.abandon()
        # Arrow's streams flush as they go, so the sink takes nothing any more by now.
        self._sink = self._opened = None

    def _open(self) -> tuple[Sink, Any, pq.ParquetWriter]:
        sink = self._sink = Sink(self.path)
        # Few large writes: each has to wait for Python's lock.
        buffered = pa.BufferedOutputStream(pa.PythonFile(sink, "w"), _BUFFER_BYTES)
        return sink, buffered, pq.ParquetWriter(buffered, self._schema, **options(self._schema))
