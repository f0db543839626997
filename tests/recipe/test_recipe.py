from __future__ import annotations

from typing import Any

from tests.recipe.trying import refused
from vsfa_data import recipe as recipes
from vsfa_data.sections import Section


def test_a_release_of_controls_alone_needs_controls() -> None:
    told = "filter.control: none makes no controls, but release.configs lists nothing else"
    assert told in refused("quickstart", ["filter.control=none", "release.configs=[control]"])
    recipes.load("quickstart", ["filter.control=none", "release.configs=[threat, control]"])


def test_every_key_of_a_recipe_is_documented() -> None:
    def walk(model: Any, path: str) -> None:
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, Section):
                walk(inner, f"{path}.{name}")
            else:
                assert field.description, f"{path}.{name} has no docstring"

    walk(recipes.Recipe, "recipe")
