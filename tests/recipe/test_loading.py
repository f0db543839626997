from __future__ import annotations

from vsfa_data import recipe as recipes


def test_every_builder_is_valid_and_named_as_its_file() -> None:
    assert "quickstart" in recipes.available()
    for name in recipes.available():
        assert recipes.load(name).name == name


def test_a_recipe_survives_the_trip_to_a_worker() -> None:
    recipe = recipes.load("quickstart", ["caption.min_confidence=0.9"])
    again = recipes.parse(recipe.model_dump(mode="json"))
    assert again.model_dump() == recipe.model_dump()
