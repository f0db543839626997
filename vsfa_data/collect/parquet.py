"""Rows of a Parquet file that a stranger made, in bounded memory.

A few kilobytes of Parquet can say the same megabyte in each of a million rows: cells are looked at
where each stands once, before they become rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.collect.lines import MAX_CELL

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE: Final = 256


def names(path: Path) -> list[str]:
    """The columns of the file at `path`. Raises pyarrow.ArrowException if it is none."""
    import pyarrow.parquet as pq

    found: list[str] = pq.read_schema(path).names
    return found


def rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of the file at `path`, with those `columns`.

    Raises ValueError for a column that is no text, number or time, for a cell of more than MAX_CELL
    bytes, and what pyarrow raises for a damaged file.
    """
    import pyarrow.parquet as pq
    from pyarrow import types

    kinds = {field.name: field.type for field in pq.read_schema(path) if field.name in columns}
    wide = [name for name, kind in kinds.items() if any(is_so(kind) for is_so in _texts())]
    for name, kind in kinds.items():
        short = types.is_primitive(kind) or types.is_null(kind) or types.is_dictionary(kind)
        if name not in wide and not short:
            raise ValueError(f"its column {name[:80]!r} holds {str(kind)[:80]}, not text")
    with pq.ParquetFile(path, read_dictionary=wide) as file:
        start = 0
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(columns)):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                _check(name, column, start)
            yield from batch.to_pylist()
            start += len(batch)


def _texts() -> tuple[Callable[[pa.DataType], bool], ...]:
    from pyarrow import types

    return (
        *(types.is_string, types.is_large_string, types.is_string_view),
        *(types.is_binary, types.is_large_binary, types.is_binary_view),
    )


def _check(name: str, column: pa.Array, start: int) -> None:
    """Raises ValueError if a cell is too long; rows before the batch: `start`."""
    import pyarrow as pa
    from pyarrow import compute

    if not isinstance(column, pa.DictionaryArray):
        return
    longest = compute.max(compute.binary_length(column.dictionary)).as_py()
    if longest is not None and longest > MAX_CELL:
        raise ValueError(
            f"one of the rows {start + 1:,} to {start + len(column):,} has more than "
            f"{MAX_CELL:,} bytes in the column {name[:80]!r}; shorten it"
        )
