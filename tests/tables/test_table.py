from __future__ import annotations

import re
from typing import Any

import pytest

from vsfa_data import tables


def test_a_table_has_its_columns_in_order() -> None:
    table = tables.UNIQUE.build([{"position": 1, "image_id": "x"}])
    assert table.schema.equals(tables.UNIQUE.schema)
    assert tables.UNIQUE.empty().num_rows == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"image_id": "x"}, "columns ['position'] are missing or unknown"),
        ({"image_id": "x", "position": 1, "more": 2}, "columns ['more'] are missing or unknown"),
        ({"image_id": None, "position": 1}, "'image_id' must not be null"),
    ],
)
def test_a_row_that_does_not_fit_is_a_bug(row: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        tables.UNIQUE.build([row])
