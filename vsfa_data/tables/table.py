"""What a table is: columns with a type and a meaning, and rows that are held to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `null` says what a missing value means; None means that the column is never null.
    """

    name: str
    type: pa.DataType
    meaning: str
    null: str | None = None


@dataclass(frozen=True)
class Table:
    """A table that one stage writes and later stages read.

    `writer` is the name of that stage; `unit` is what one row stands for.
    """

    name: str
    writer: str
    unit: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema: the columns in order, nullable only where null has a meaning."""
        return pa.schema(
            [pa.field(c.name, c.type, nullable=c.null is not None) for c in self.columns]
        )

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    def build(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """An Arrow table of `rows`.

        Raises ValueError if a row lacks a column, has one too many, or a null without meaning.
        """
        names, listed = set(self.names), [dict(row) for row in rows]
        for row in listed:
            if row.keys() != names:
                odd = sorted(names ^ row.keys())
                raise ValueError(f"table '{self.name}': columns {odd} are missing or unknown")
        table = pa.Table.from_pylist(listed, schema=self.schema)
        table.validate(full=True)
        for column in self.columns:
            if column.null is None and table.column(column.name).null_count:
                raise ValueError(f"table '{self.name}': '{column.name}' must not be null")
        return table

    def empty(self) -> pa.Table:
        """This table with no rows."""
        return self.schema.empty_table()
