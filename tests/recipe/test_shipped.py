from __future__ import annotations

from vsfa_data import recipe as recipes


def test_a_shipped_recipe_is_known_from_a_changed_one() -> None:
    assert recipes.is_shipped(recipes.load("quickstart"))
    assert not recipes.is_shipped(recipes.load("quickstart", ["collect.limit=3"]))
    assert not recipes.is_shipped(recipes.load("quickstart", ["name=mine"]))


def test_words_of_a_shipped_recipe_about_other_pictures_are_known() -> None:
    mine = "collect.sources.0.path=pictures"
    assert recipes.describes_others(recipes.load("quickstart", [mine]))
    assert not recipes.describes_others(recipes.load("quickstart", ["collect.limit=3"]))
    assert not recipes.describes_others(recipes.load("quickstart", [mine, "description=Mine"]))
    assert recipes.describes_others(recipes.load("quickstart", [mine, "name=mine"]))
