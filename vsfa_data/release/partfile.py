"""One Parquet file of a release: how rows become a table, and a table bytes on the disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.release.manifest import File
from vsfa_data.release.rows import Row
from vsfa_data.release.sink import Sink

CHUNKING: Final = {"min_chunk_size": 4_096, "max_chunk_size": 16_384, "norm_level": 0}
"""Content-defined pages, so small that nearly every picture is one of its own: those around a new
picture stay as they were. With the 256 KiB to 1 MiB that `datasets` uses, the pages need several
MB to fall into step again, and 1% more pictures change 8% of a release (benchmarks/package.py)."""
_BUFFER_BYTES: Final = 2**19


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


def as_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table. Bytes of pictures may be any buffers; they are copied once."""
    columns = {
        field.name: _pictures([row["image"]["bytes"] for row in rows], field.type)
        if field.name == "image"
        else pa.array([row[field.name] for row in rows], field.type)
        for field in schema
    }
    return pa.table(columns, schema)


def _pictures(data: Sequence[bytes | memoryview], kind: pa.DataType) -> pa.StructArray:
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    # Memory of Arrow, which uses it again for the next row group.
    held = pa.allocate_buffer(int(ends[-1]))
    room = memoryview(held).cast("B")
    for start, one in zip(ends.tolist(), data, strict=False):
        room[start : start + len(one)] = one
    stored = pa.Array.from_buffers(pa.binary(), len(data), [None, pa.py_buffer(ends), held])
    return pa.StructArray.from_arrays([stored, pa.nulls(len(data), pa.string())], fields=list(kind))


class PartFile:
    """A Parquet file that is written row group by row group, by one thread at a time.

    Nearly all is done without Python's lock. Once closed it is on the disk, and `described` says
    what it holds.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self._schema = path, schema
        self._described: File | None = None
        self._opened: tuple[Sink, Any, pq.ParquetWriter] | None = None

    @property
    def described(self) -> File:
        """What the closed file holds."""
        if self._described is None:
            raise RuntimeError(f"{self.path} is not finished")
        return self._described

    def write(self, table: pa.Table) -> None:
        """Append a row group. Raises OSError if there is no room for it."""
        sink, _, writer = self._opened = self._opened or self._open()
        writer.write_table(table, row_group_size=table.num_rows)
        sink.check()

    def close(self) -> None:
        """Finish it."""
        if self._opened is not None:
            sink, buffered, writer = self._opened
            writer.add_key_value_metadata({"content_defined_chunking": json.dumps(CHUNKING)})
            writer.close()
            buffered.close()
            self._described = sink.finish()
            self._opened = None

    def abandon(self) -> None:
        """Let go of it, finished or not."""
        if self._opened is not None:
            sink, _, writer = self._opened
            # Its finaliser would try to write the footer once more.
            writer.is_open = False
            sink.abandon()
            self._opened = None

    def _open(self) -> tuple[Sink, Any, pq.ParquetWriter]:
        sink = Sink(self.path)
        # Few large writes: each has to wait for Python's lock.
        buffered = pa.BufferedOutputStream(pa.PythonFile(sink, "w"), _BUFFER_BYTES)
        return sink, buffered, pq.ParquetWriter(buffered, self._schema, **options(self._schema))
