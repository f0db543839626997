"""Figures on labelled pictures."""

from __future__ import annotations

import pytest

from vsfa_data.filter import concepts
from vsfa_data.scoring.quality import Row, quality

WIDE = concepts.load("threats")


def rows(*scores: tuple[str, float]) -> list[Row]:
    return [{"concept": name, "threat_score": p, "margin": p - 0.5} for name, p in scores]


ROWS = rows(("shark", 0.9), ("handgun", 0.8), ("shark", 0.7), ("sword", 0.2))
LABELS = ["shark", "firearms", "neutral", "neutral"]


def test_overall_and_for_each_label() -> None:
    found = quality(ROWS, LABELS, WIDE)
    assert found is not None
    assert (found["by"], found["threat_images"], found["neutral_images"]) == ("threat_score", 2, 2)
    assert (found["roc_auc"], found["average_precision"]) == (1.0, 1.0)
    assert found["precision_at"] == {"2": 1.0}
    assert found["ece"] == pytest.approx((0.1 + 0.2 + 0.7 + 0.2) / 4)
    assert list(found["labels"]) == ["firearms", "shark"]
    assert found["labels"]["firearms"]["named"] == 1.0  # handgun is one of them
    assert found["labels"]["shark"]["neutral_images"] == 2


def test_the_error_is_that_of_the_share_that_the_calibration_assumes() -> None:
    found = quality(ROWS, LABELS, WIDE, prior=0.9)
    assert found is not None
    assert found["ece"] == pytest.approx(0.45 * (0.1 + 0.2) + 0.05 * (0.7 + 0.2))


def test_without_a_calibration_the_margin_is_judged() -> None:
    plain = [{**row, "threat_score": None} for row in ROWS]
    found = quality(plain, ["threat", "neutral", "neutral", "neutral"], WIDE)
    assert found is not None
    assert (found["by"], found["roc_auc"], found["ece"], found["labels"]) == (
        "margin",
        1.0,
        None,
        {},
    )


def test_one_class_alone_has_no_figures() -> None:
    assert quality(ROWS, ["neutral"] * 4, WIDE) is None
    assert quality([], [], WIDE) is None
