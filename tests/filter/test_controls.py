"""Controls are found among candidates only, one for each threat."""

from __future__ import annotations

from typing import Any

import pytest

from tests.filter.test_matching import table
from vsfa_data.errors import UserError
from vsfa_data.filter.controls import partners
from vsfa_data.recipe import FilterSection

MATCHED = FilterSection(encoder="embedded")


def given(scores: list[float], brightness: list[float]) -> dict[str, list[Any]]:
    plain = table(len(scores), brightness=brightness)
    return {**plain, "image_id": [f"i{at}" for at in range(len(scores))], "threat_score": scores}


def test_only_candidates_are_matched_and_the_rest_is_rejected() -> None:
    rows = given([0.9, 0.9, 0.1, 0.1, 0.3, 0.1], [0.2, 0.8, 0.81, 0.21, 0.2, 0.5])
    verdict = ["threat", "threat", "control", "control", "between_thresholds", "control"]
    partner, report = partners(rows, verdict, MATCHED, 0)
    assert partner == {0: 3, 3: 0, 1: 2, 2: 1}
    assert verdict == [
        "threat",
        "threat",
        "control",
        "control",
        "between_thresholds",
        "not_matched",
    ]
    assert set(report) == {"size", "aspect", "brightness", "colourfulness", "detail"}
    assert abs(report["brightness"]["after"]) < 0.1


def test_the_threat_that_is_least_like_any_control_goes_without() -> None:
    rows = given([0.9, 0.9, 0.1], [0.2, 0.8, 0.7])
    verdict = ["threat", "threat", "control"]
    partner, _ = partners(rows, verdict, MATCHED, 0)
    assert partner == {1: 2, 2: 1}
    assert verdict == ["no_control", "threat", "control"]


def test_without_candidates_threats_may_stay_alone_if_the_recipe_says_so() -> None:
    rows = given([0.9, 0.4], [0.2, 0.8])
    verdict = ["threat", "between_thresholds"]
    with pytest.raises(UserError, match=r"0.400 would keep one"):
        partners(rows, verdict, MATCHED, 0)
    alone = FilterSection(encoder="embedded", unmatched="keep")
    assert partners(rows, verdict, alone, 0) == ({}, {})
    assert verdict == ["threat", "between_thresholds"]
