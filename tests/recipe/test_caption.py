from __future__ import annotations

import pytest

from tests.recipe.trying import refused
from vsfa_data import recipe as recipes


@pytest.mark.parametrize("grounding", [0.0, 0.5, 1, "encoder", "none"])
def test_grounding_is_a_share_or_a_word(grounding: float | str) -> None:
    made = recipes.load("quickstart", [f"caption.grounding={grounding}"])
    assert made.caption.grounding == grounding


@pytest.mark.parametrize("grounding", ["1.5", "true", "some"])
def test_grounding_is_nothing_else(grounding: str) -> None:
    told = "must be a share from 0 to 1, or encoder, or none"
    assert told in refused("quickstart", [f"caption.grounding={grounding}"])
