from __future__ import annotations

import pytest

from vsfa_data import tables


def test_a_reject_needs_a_reason_from_the_list() -> None:
    with pytest.raises(ValueError, match="unknown reason code 'ugly'"):
        tables.reject("collect", "ugly")


def test_a_reject_is_a_row_of_its_table() -> None:
    row = tables.reject("ask", "not_neutral", image_id="x")
    assert tables.REJECTS.build([row]).to_pylist() == [row]
