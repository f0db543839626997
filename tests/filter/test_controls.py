"""Controls are found among candidates only, one for each threat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.filter.test_matching import table
from vsfa_data.errors import UserError
from vsfa_data.filter.controls import partners
from vsfa_data.recipe import FilterSection

MATCHED = FilterSection(encoder="embedded")


def given(scores: list[float], brightness: list[float]) -> dict[str, list[Any]]:
    plain = table(len(scores), brightness=brightness)
    same: dict[str, list[Any]] = {name: [None] * len(scores) for name in ("title_term", "title")}
    ids = [f"i{at}" for at in range(len(scores))]
    same["neutral_concept"] = ["tools"] * len(scores)
    return {**plain, **same, "image_id": ids, "threat_score": scores}


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


@pytest.mark.parametrize(
    ("score", "said"), [(0.2004, "0.201 would"), (0.499999, "0.499999 would"), (0.3, "0.300 would")]
)
def test_the_bound_that_is_named_lets_a_control_in(score: float, said: str) -> None:
    rows = given([0.9, score, 0.21, 0.22], [0.2, 0.8, 0.8, 0.8])
    rows["neutral_concept"][2] = "a thermos flask"
    rows["title_term"][3] = "bomb"
    verdict = ["threat", *["between_thresholds"] * 3]
    with pytest.raises(UserError, match=f"up to filter.max_control_threat 0.2; .* {said} keep one"):
        partners(rows, verdict, MATCHED, 0)


def test_the_order_of_rows_does_not_matter_where_candidates_are_equal() -> None:
    rng = np.random.default_rng(1)
    rows = given([0.5] * 60, rng.choice([0.1, 0.2, 0.7, 0.33], 60).tolist())
    rows["colourfulness"] = rng.choice([1.0, 7.3, 9.1], 60).tolist()
    rows["detail"] = rng.choice([0.1, 0.11, 0.3], 60).tolist()
    verdict = ["threat"] * 20 + ["control"] * 40

    def pairs(order: list[int]) -> set[tuple[str, str]]:
        moved = {name: [values[at] for at in order] for name, values in rows.items()}
        found, _ = partners(moved, [verdict[at] for at in order], MATCHED, 0)
        return {(moved["image_id"][a], moved["image_id"][b]) for a, b in found.items()}

    unmoved = pairs(list(range(60)))
    assert all(pairs(rng.permutation(60).tolist()) == unmoved for _ in range(20))


def test_without_candidates_threats_may_stay_alone_if_the_recipe_says_so() -> None:
    rows = given([0.9, 0.4], [0.2, 0.8])
    verdict = ["threat", "between_thresholds"]
    with pytest.raises(UserError, match=r"0.400 would keep one"):
        partners(rows, verdict, MATCHED, 0)
    alone = FilterSection(encoder="embedded", unmatched="keep")
    assert partners(rows, verdict, alone, 0) == ({}, {})
    assert verdict == ["threat", "between_thresholds"]
