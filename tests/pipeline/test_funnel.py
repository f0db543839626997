from __future__ import annotations

import pytest

from vsfa_data.errors import CountError
from vsfa_data.pipeline import funnel
from vsfa_data.workspace import Counts


def test_a_step_spans_its_stages() -> None:
    stages = [
        ("collect", Counts(10, 8, {"truncated": 1, "too_small": 1})),
        ("dedupe", Counts(8, 7, {"duplicate": 1})),
    ]
    assert funnel.step_counts("images", stages) == {
        "unit": "images",
        "in": 10,
        "kept": 7,
        "rejected": {"duplicate": 1, "too_small": 1, "truncated": 1},
    }


def test_a_stage_that_takes_in_other_than_was_kept_fails_the_build() -> None:
    stages = [("collect", Counts(10, 8, {"truncated": 2})), ("dedupe", Counts(9, 9, {}))]
    with pytest.raises(CountError, match="collect kept 8, but dedupe took in 9"):
        funnel.step_counts("images", stages)


def test_steps_are_held_to_the_same() -> None:
    funnel.check_handover("collect", 7, "filter", 7)
    with pytest.raises(CountError, match="collect kept 7, but filter took in 6"):
        funnel.check_handover("collect", 7, "filter", 6)


def test_reasons_are_told_most_frequent_first() -> None:
    line = {"rejected": {"duplicate": 2, "too_small": 5, "truncated": 2}}
    assert funnel.reasons_text(line) == "5 too_small, 2 duplicate, 2 truncated"
    assert funnel.reasons_text({"rejected": {}}) == ""
