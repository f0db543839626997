from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.recipe.trying import refused
from vsfa_data import recipe as recipes


def test_thresholds_that_overlap_are_refused() -> None:
    told = "max_control_threat 0.5 must be below min_threat 0.4"
    assert told in refused("quickstart", ["filter.min_threat=0.4", "filter.max_control_threat=0.5"])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"min_margin": 0.0, "max_control_margin": 0.0}, "max_control_margin 0 must be below"),
        ({"uncalibrated": True, "calibration": "x.json"}, "leaves no use for a calibration"),
        ({"concept_weights": {"blades": 2.0}}, "concept_weights multiply max_per_concept"),
        ({"concept_weights": {"blades": -1.0}, "max_per_concept": 2}, "greater than or equal to 0"),
    ],
)
def test_keys_of_the_filter_that_do_not_go_together(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        recipes.FilterSection(encoder="embedded", **keys)


def test_the_word_off_is_not_lost_as_yaml_s_false() -> None:
    made = recipes.load("quickstart", ["filter.near_duplicate_cosine=off"])
    assert made.filter.near_duplicate_cosine == "off"
