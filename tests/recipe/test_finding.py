from __future__ import annotations

import pytest

from tests.recipe.trying import refused


def test_an_unknown_name_is_told_the_names_there_are() -> None:
    message = refused("quikstart")
    assert "Did you mean 'quickstart'?" in message
    assert message.endswith("Run: vsfa-data recipes")


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x.yaml", "x" * 5000])
def test_an_impossible_path_is_the_users_mistake(name: str) -> None:
    assert "is no path that can be used" in refused(name)
