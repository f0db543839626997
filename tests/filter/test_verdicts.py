"""What becomes of an image by its scores."""

from __future__ import annotations

import pytest

from vsfa_data.filter import verdicts
from vsfa_data.recipe import FilterSection

CHOSEN = FilterSection(encoder="embedded", min_threat=0.5, max_control_threat=0.2)


def columns(*rows: tuple[str, str, float]) -> verdicts.Columns:
    ids, concepts, scores = zip(*rows, strict=True)
    return {"image_id": list(ids), "concept": list(concepts), "threat_score": list(scores)}


ROWS = columns(
    ("a", "blades", 0.5),
    ("b", "blades", 0.499999),
    ("c", "firearms", 0.9),
    ("d", "firearms", 0.2),
    ("e", "blades", 0.200001),
    ("f", "blades", 0.9),
)


def test_thresholds_are_inclusive_and_duplicates_come_first() -> None:
    found = verdicts.by_score(ROWS, [0, 1, 2, 3, 4, 0], CHOSEN, ["blades"])
    assert found == [
        "threat", "between_thresholds", "other_concept", "control", "between_thresholds",
        "near_duplicate",
    ]  # fmt: skip


def test_a_threat_it_is_where_the_thresholds_overlap() -> None:
    chosen = CHOSEN.model_copy(update={"min_threat": 0.1})
    assert verdicts.by_score(ROWS, range(6), chosen, ["blades", "firearms"])[3] == "threat"


def test_the_quota_keeps_the_most_probable_of_each_concept() -> None:
    rows = columns(
        ("d", "blades", 0.8), ("c", "blades", 0.9), ("b", "blades", 0.8), ("a", "firearms", 0.6),
        ("e", "blades", 0.99),
    )  # fmt: skip
    verdict = ["threat", "threat", "threat", "threat", "control"]
    verdicts.apply_quota(rows, verdict, 2)
    assert verdict == ["over_quota", "threat", "threat", "threat", "control"]


def test_no_quota_keeps_all() -> None:
    verdict = ["threat"] * 6
    verdicts.apply_quota(ROWS, verdict, None)
    assert verdict == ["threat"] * 6


@pytest.mark.parametrize(
    ("limit", "wanted", "message"),
    [
        (
            0.95,
            ["blades", "firearms"],
            "0.95: the highest of 5 is 0.900. 0.9 would keep 1, 0.8 would keep 1, 0.7 would keep 1",
        ),
        (
            0.6,
            ["blades"],
            "0.6: the highest of 3 is 0.500. 0.5 would keep 1, 0.4 would keep 2, 0.3 would keep 2",
        ),
    ],
)
def test_the_hint_counts_what_lower_thresholds_keep(
    limit: float, wanted: list[str], message: str
) -> None:
    chosen = CHOSEN.model_copy(update={"min_threat": limit})
    verdict = ["between_thresholds"] * 5 + ["near_duplicate"]
    assert verdicts.hint(ROWS, verdict, chosen, wanted) == (
        f"no image reaches filter.min_threat {message}"
    )


def test_the_hint_where_no_image_has_the_concept() -> None:
    assert verdicts.hint(ROWS, ["control"] * 6, CHOSEN, []) == (
        "filter: no image is nearest to one of filter.concepts: collect more images"
    )


def test_the_hint_where_nothing_helps() -> None:
    rows = columns(("a", "blades", 0.01))
    assert verdicts.hint(rows, ["control"], CHOSEN, ["blades"]) == (
        "no image reaches filter.min_threat 0.5: the highest of 1 is 0.010. Collect more images"
    )
