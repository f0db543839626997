from __future__ import annotations

import pytest

from tests.recipe.trying import refused


@pytest.mark.parametrize(
    "override",
    ["collect.min_side_px=0", "collect.max_aspect=.inf", "collect.limit=0", "collect.sources=[]"],
)
def test_bounds_that_would_let_nothing_or_anything_through_are_refused(override: str) -> None:
    key, _, _ = override.partition("=")
    assert f"{key}: given " in refused("quickstart", [override])
