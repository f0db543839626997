from __future__ import annotations

from vsfa_data import tables
from vsfa_data.release.rows import SCHEMA


def test_the_published_columns_are_those_that_are_explained() -> None:
    assert [column.name for column in tables.PUBLISHED] == SCHEMA.names
