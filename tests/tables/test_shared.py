from __future__ import annotations

from vsfa_data import tables
from vsfa_data.tables.shared import IMAGE_ID


def test_every_table_after_the_candidates_is_keyed_by_image() -> None:
    keyed = [table.name for table in tables.ALL if table.columns[0] is IMAGE_ID]
    assert keyed == [
        one.name for one in tables.ALL if one not in {tables.CANDIDATES, tables.REJECTS}
    ]
