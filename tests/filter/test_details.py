"""What is said of an image that was not selected."""

from __future__ import annotations

import pytest

from vsfa_data import tables
from vsfa_data.filter import details
from vsfa_data.filter.select import SelectStage

COLUMNS = {
    "image_id": ["a", "b"],
    "cluster_id": ["a", "a"],
    "title_term": ["bomb", None],
    "license": [None, "CC0-1.0"],
    "concept": ["blades", "blades"],
    "neutral_concept": ["toy sword", "pets"],
    "threat_score": [0.41234, 0.9],
    "margin": [-0.02, 0.1],
    "contrast": [0.001, 0.5],
    "content": [0.002, 0.5],
    "sharpness": [0.0031, 0.5],
}


@pytest.mark.parametrize(
    ("code", "by", "said"),
    [
        ("between_thresholds", "margin", "margin -0.020, concept blades"),
        ("look_alike", "threat_score", "threat_score 0.412, neutral_concept toy sword"),
        ("little_content", "threat_score", "content 0.002"),
        ("title_names_threat", "threat_score", "the title says 'bomb'"),
        ("license_policy", "threat_score", "no licence (unknown)"),
        ("threat", "threat_score", None),
    ],
)
def test_the_figures_that_decided(code: str, by: str, said: str | None) -> None:
    assert details.of(COLUMNS, [code, "near_duplicate"], by) == [said, "of a"]


def test_every_reason_of_the_stage_says_something() -> None:
    drops = (SelectStage.__doc__ or "").split("Drops:")[1].split("Raises:")[0]
    codes = [code.strip() for code in drops.split(",")]
    assert set(codes) <= set(tables.REASONS)
    silent = [c for c in codes if details.of(COLUMNS, [c, "control"], "margin")[0] is None]
    assert silent == ["no_control"]  # of which nothing is known but that there was none
