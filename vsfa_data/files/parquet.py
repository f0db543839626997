"""Shards' files: written with checksums, and checked when they are read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.errors import WorkspaceError

ROWS_PER_GROUP: Final = 64
"""Rows in one row group of a shard: image bytes are read back in pieces of about this many."""


def as_parquet(table: pa.Table) -> bytes:
    """A Parquet file of `table`; images are compressed already, so they are stored as they are."""
    sink = pa.BufferOutputStream()
    plain = [field.name for field in table.schema if field.type == pa.large_binary()]
    compression = {
        field.name: "none" if field.name in plain else "snappy" for field in table.schema
    }
    nested = any(pa.types.is_nested(field.type) for field in table.schema)
    pq.write_table(
        table,
        sink,
        write_page_checksum=True,
        compression="snappy" if nested else compression,
        row_group_size=ROWS_PER_GROUP,
        use_dictionary=[name for name in table.schema.names if name not in plain]
        if not nested
        else True,
    )
    return bytes(sink.getvalue())


def without_pictures(schema: pa.Schema) -> list[str] | None:
    """Names of the other columns, or None if there are no pictures."""
    names = [field.name for field in schema if field.type != pa.large_binary()]
    return names if len(names) < len(schema) else None


def read_shard(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Rows of a shard's file, checksums checked. Raises WorkspaceError for a damaged one."""
    # `read_table` comes to the same by way of a data set of one file, which takes three times as
    # long: a stage of many shards is read several times over.
    with _opened(path) as file:
        if columns is None:
            return file.read(use_threads=False)
        if unknown := set(columns) - set(file.schema_arrow.names):
            raise pa.ArrowInvalid(f"no column {min(unknown)}")
        return file.read(list(columns), use_threads=False).select(list(columns))


def row_groups(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The same, a row group at a time: what is done with one is let go."""
    with _opened(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, list(columns), use_threads=False)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """A file to read from. Raises WorkspaceError, also later, if it is not as it was written."""
    try:
        with pq.ParquetFile(
            path, memory_map=False, pre_buffer=False, page_checksum_verification=True
        ) as file:
            yield file
    except (pa.ArrowInvalid, OSError) as error:
        raise WorkspaceError(
            f"{path} is damaged ({error}). Delete that file and run the same command again"
        ) from error
