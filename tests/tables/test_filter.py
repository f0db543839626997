from __future__ import annotations

from vsfa_data import tables
from vsfa_data.filter import marks


def test_a_mark_is_as_wide_as_near_duplicates_are_sought_by() -> None:
    assert tables.SCORES.schema.field("mark").type.byte_width == marks.DIMENSIONS
