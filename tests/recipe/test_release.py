from __future__ import annotations

import pytest

from tests.recipe.trying import refused


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("release.configs=[]", "name at least one config, and each only once"),
        ("release.configs=[threat, threat]", "name at least one config, and each only once"),
        ("release.configs=[threat, mixed]", "'mixed' is made of 'text': list that too"),
        ("release.splits.test=0.95", "the shares add up to "),
    ],
)
def test_what_cannot_be_published_is_refused(override: str, told: str) -> None:
    assert told in refused("quickstart", [override])
