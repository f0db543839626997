from __future__ import annotations

from vsfa_data import tables


def test_a_kept_pair_is_one_that_was_asked_with_its_turn() -> None:
    new = [one.name for one in tables.PAIRS.columns if one not in tables.ASKED.columns]
    assert new == ["turn"]
