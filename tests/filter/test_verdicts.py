"""What becomes of an image by its scores."""

from __future__ import annotations

from typing import Any

import pytest

from vsfa_data.filter import verdicts
from vsfa_data.filter.fitness import Columns
from vsfa_data.filter.verdicts import Wanted
from vsfa_data.recipe import FilterSection

CHOSEN = FilterSection(encoder="embedded", min_threat=0.5, max_control_threat=0.2)


def columns(*rows: tuple[str, str, float], **given: list[Any]) -> Columns:
    """Rows of id, concept and score; pictures that are equally good."""
    ids, concepts, scores = map(list, zip(*rows, strict=True))
    same = {
        "width": 100, "height": 100, "sharpness": 0.3, "contrast": 0.2, "content": 0.5,
        "neutral_concept": "tools", "license": "CC0-1.0", "title": None, "title_term": None,
    }  # fmt: skip
    plain = {name: [value] * len(rows) for name, value in same.items()}
    return {"image_id": ids, "concept": concepts, "threat_score": scores, **plain, **given}


def quota(limit: int | None) -> FilterSection:
    return FilterSection(encoder="embedded", max_per_concept=limit)


ROWS = columns(
    ("a", "blades", 0.5),
    ("b", "blades", 0.499999),
    ("c", "firearms", 0.9),
    ("d", "firearms", 0.2),
    ("e", "blades", 0.200001),
    ("f", "blades", 0.9),
)


def test_thresholds_are_inclusive_and_of_a_cluster_the_threat_stays() -> None:
    found = verdicts.by_score(ROWS, [0, 1, 2, 3, 4, 0], CHOSEN, Wanted(["blades"]))
    assert found == [
        "near_duplicate", "between_thresholds", "other_concept", "control",
        "between_thresholds", "threat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "first", "stays"),
    [
        ([("blades", 0.45), ("blades", 0.9), ("blades", 0.95)], [0, 0, 0], {2: "threat"}),
        ([("blades", 0.9), ("blades", 0.9), ("blades", 0.6)], [0, 0, 0], {0: "threat"}),
        ([("firearms", 0.99), ("tools", 0.1), ("blades", 0.5)], [0, 0, 0], {2: "threat"}),
        ([("blades", 0.3), ("blades", 0.2), ("blades", 0.1)], [0, 0, 0], {2: "control"}),
        ([("firearms", 0.9), ("blades", 0.1), ("blades", 0.1)], [0, 0, 0], {1: "control"}),
        ([("firearms", 0.9), ("blades", 0.4), ("blades", 0.3)], [0, 0, 0], {0: "other_concept"}),
        ([("blades", 0.4), ("firearms", 0.9)], [0, 0], {0: "between_thresholds"}),
        (
            [("blades", 0.1), ("blades", 0.4), ("blades", 0.7), ("blades", 0.05)],
            [0, 1, 1, 0],
            {2: "threat", 3: "control"},
        ),
    ],
)
def test_a_threat_stands_for_its_cluster_and_else_a_control(
    rows: list[tuple[str, float]], first: list[int], stays: dict[int, str]
) -> None:
    given = columns(*((str(at), concept, score) for at, (concept, score) in enumerate(rows)))
    assert verdicts.by_score(given, first, CHOSEN, Wanted(["blades"])) == [
        stays.get(at, "near_duplicate") for at in range(len(rows))
    ]


def test_a_threat_it_is_where_the_thresholds_overlap() -> None:
    chosen = CHOSEN.model_copy(update={"min_threat": 0.1})
    assert verdicts.by_score(ROWS, range(6), chosen, Wanted(["blades", "firearms"]))[3] == "threat"


def test_the_quota_keeps_the_most_probable_of_each_concept() -> None:
    rows = columns(
        ("d", "blades", 0.8), ("c", "blades", 0.9), ("b", "blades", 0.8), ("a", "firearms", 0.6),
        ("e", "blades", 0.99),
    )  # fmt: skip
    verdict = ["threat", "threat", "threat", "threat", "control"]
    verdicts.apply_quota(rows, verdict, quota(2), {})
    assert verdict == ["over_quota", "threat", "threat", "threat", "control"]


def test_no_quota_keeps_all() -> None:
    verdict = ["threat"] * 6
    verdicts.apply_quota(ROWS, verdict, quota(None), {})
    assert verdict == ["threat"] * 6


@pytest.mark.parametrize(
    ("limit", "wanted", "message"),
    [
        (
            0.95,
            ["blades", "firearms"],
            "0.95: the highest of 5 is 0.900. 0.9 would keep 2, 0.8 would keep 2, 0.7 would keep 2",
        ),
        (
            0.95,
            ["blades"],
            "0.95: the highest of 4 is 0.900. 0.9 would keep 1, 0.8 would keep 1, 0.7 would keep 1",
        ),
        (
            0.6,
            ["firearms"],
            "0.6: the highest of 2 is 0.900. 0.5 would keep 1, 0.4 would keep 1, 0.3 would keep 1",
        ),
    ],
)
def test_the_hint_counts_what_lower_thresholds_keep(
    limit: float, wanted: list[str], message: str
) -> None:
    chosen = CHOSEN.model_copy(update={"min_threat": limit})
    assert verdicts.hint(ROWS, [0, 1, 2, 3, 4, 3], chosen, wanted) == (
        f"no image reaches filter.min_threat {message}"
    )


def test_the_hint_where_no_image_has_the_concept() -> None:
    assert verdicts.hint(ROWS, range(6), CHOSEN, []) == (
        "filter: no image is nearest to one of filter.concepts: collect more images"
    )


def test_the_hint_where_nothing_helps() -> None:
    rows = columns(("a", "blades", 0.01))
    assert verdicts.hint(rows, [0], CHOSEN, ["blades"]) == (
        "no image reaches filter.min_threat 0.5: the highest of 1 is 0.010. Collect more images"
    )


def test_weights_multiply_the_quota() -> None:
    rows = columns(*((f"{at}", "blades", 0.9 - at / 100) for at in range(6)), ("x", "traps", 0.6))
    verdict = ["threat"] * 7
    verdicts.apply_quota(rows, verdict, quota(3), {"blades": 1.5, "traps": 0.0})
    assert verdict == ["threat"] * 5 + ["over_quota"] * 2  # 4.5: halves are rounded up


UNCALIBRATED = FilterSection(
    encoder="embedded", uncalibrated=True, min_margin=0.01, max_control_margin=-0.02,
    max_per_concept=1,
)  # fmt: skip


def test_without_a_calibration_the_margin_decides() -> None:
    rows = columns(*((name, "blades", 0.0) for name in "abcd"), margin=[0.01, 0.03, 0.0, -0.02])
    rows["threat_score"] = [None] * 4
    verdict = verdicts.by_score(rows, range(4), UNCALIBRATED, Wanted(["blades"]))
    assert verdict == ["threat", "threat", "between_thresholds", "control"]
    verdicts.apply_quota(rows, verdict, UNCALIBRATED, {})
    assert verdict == ["over_quota", "threat", "between_thresholds", "control"]
    rows["margin"] = [-0.03, -0.04, 0.005, 0.0]
    assert verdicts.hint(rows, range(4), UNCALIBRATED, ["blades"]) == (
        "no image reaches filter.min_margin 0.01: the highest of 4 is 0.005. "
        "0 would keep 2, -0.01 would keep 2"
    )
    rows["margin"] = [-0.03, -0.04, -0.05, -0.02]
    assert verdicts.hint(rows, range(4), UNCALIBRATED, ["blades"]) == (
        "no image reaches filter.min_margin 0.01: the highest of 4 is -0.020. -0.02 would keep 1, "
        "-0.05 would keep 4, -0.1 would keep 4 (filter.max_control_margin, now -0.02, has to be "
        "lower than that)"
    )


@pytest.mark.parametrize(
    ("given", "stays"),
    [
        ({"width": [100, 100, 200, 100]}, 2),
        ({"width": [90, 100, 100, 300], "sharpness": [0.9, 0.1, 0.2, 0.9]}, 2),
        ({"sharpness": [0.2, 0.3, 0.3, 0.9]}, 1),
        ({"width": [100, 100, 900, 100], "content": [0.5, 0.5, 0.001, 0.5]}, 0),
    ],
)
def test_of_the_threats_of_a_cluster_the_best_picture_stands_for_it(
    given: dict[str, list[Any]], stays: int
) -> None:
    rows = columns(*((name, "blades", 0.9) for name in "abc"), ("d", "blades", 0.1), **given)
    found = verdicts.by_score(rows, [0] * 4, CHOSEN, Wanted(["blades"]))
    assert [at for at, code in enumerate(found) if code != "near_duplicate"] == [stays]
    assert found[stays] == "threat"


def test_a_look_alike_of_a_threat_is_no_control() -> None:
    rows = columns(
        ("a", "blades", 0.1), ("b", "blades", 0.1), ("c", "blades", 0.9), ("d", "blades", 0.3),
        neutral_concept=["tools", "a letter opener", "a letter opener", "a letter opener"],
    )  # fmt: skip
    found = verdicts.by_score(rows, range(4), CHOSEN, Wanted(["blades"], {"a letter opener"}))
    assert found == ["control", "look_alike", "threat", "between_thresholds"]


def test_a_quota_instead_of_a_threshold_takes_the_most_probable_of_each_concept() -> None:
    chosen = FilterSection(encoder="embedded", threats_by="quota", max_per_concept=1)
    rows = columns(
        ("a", "blades", 0.3), ("b", "blades", 0.31), ("c", "firearms", 0.21), ("d", "blades", 0.2),
        ("e", "firearms", 0.1),
    )  # fmt: skip
    verdict = verdicts.by_score(rows, range(5), chosen, Wanted(["blades", "firearms"]))
    verdicts.apply_quota(rows, verdict, chosen, {})
    assert verdict == ["over_quota", "threat", "threat", "control", "control"]


def test_the_hint_of_a_quota_names_the_bound_that_counts_there() -> None:
    chosen = FilterSection(
        encoder="embedded", threats_by="quota", max_per_concept=1, max_control_threat=0.45
    )
    rows = columns(("a", "blades", 0.41), ("b", "blades", 0.3))
    assert verdicts.hint(rows, range(2), chosen, ["blades"]) == (
        "no image reaches filter.max_control_threat 0.45: the highest of 2 is 0.410. "
        "0.4 would keep 1, 0.3 would keep 2, 0.2 would keep 2"
    )


@pytest.mark.parametrize(
    ("balance", "weights", "kept"),
    [
        ("concept", {}, "abdfi"),
        ("none", {}, "abcde"),
        ("concept", {"blades": 2.0, "traps": 0.0}, "abcdf"),
    ],
)
def test_all_images_are_shared_out_among_the_concepts(
    balance: str, weights: dict[str, float], kept: str
) -> None:
    rows = columns(
        ("a", "blades", 0.99), ("b", "blades", 0.98), ("c", "blades", 0.97), ("d", "firearms", 0.9),
        ("e", "firearms", 0.8), ("f", "shark", 0.7), ("i", "traps", 0.6),
    )  # fmt: skip
    chosen = FilterSection.model_validate(
        {"encoder": "embedded", "max_images": 5, "balance": balance}
    )
    verdict = ["threat"] * 7
    verdicts.apply_quota(rows, verdict, chosen, weights)
    assert "".join(rows["image_id"][at] for at in range(7) if verdict[at] == "threat") == kept


def test_what_is_out_of_the_question_gives_no_hint() -> None:
    rows = columns(("a", "blades", 0.45), ("b", "blades", 0.4), contrast=[0.0, 0.2])
    assert "the highest of 1 is 0.400" in verdicts.hint(rows, range(2), CHOSEN, ["blades"])
    rows["contrast"] = [0.0, 0.0]
    assert verdicts.hint(rows, range(2), CHOSEN, ["blades"]) == (
        "filter: no image is nearest to one of filter.concepts (2 are out for their quality or "
        "licence): collect more images"
    )
