from __future__ import annotations

import pytest

from tests.recipe.trying import refused
from vsfa_data import recipe as recipes


def test_set_reads_values_as_yaml_and_reaches_into_lists() -> None:
    recipe = recipes.load(
        "quickstart",
        [
            "filter.min_threat=0.75",
            "filter.concepts=[firearms, blades]",
            "collect.sources.0.license=CC0-1.0",
            "release.gated=no",
        ],
        seed=7,
    )
    assert recipe.filter.min_threat == 0.75
    assert recipe.filter.concepts == ("firearms", "blades")
    assert recipe.collect.sources[0].model_dump()["license"] == "CC0-1.0"
    assert recipe.release.gated == "no"
    assert recipe.seed == 7


@pytest.mark.parametrize("step", ["1", "-1", "x", "", 5000 * "9"])
def test_set_refuses_what_is_no_place_in_a_list(step: str) -> None:
    message = refused("quickstart", [f"collect.sources.{step}.path=x"])
    assert message.endswith(f"'{step}' must be a number from 0 to 0")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("filter.min_threat", "write it as key.path=value"),
        ("=1", "write it as key.path=value"),
        ("filter.min_threat=[", "the value is not valid YAML"),
        ("collect.sources.1.path=x", "collect.sources has 1 entries; '1' must be a number from 0"),
        ("name.first=x", "name is text and has no keys"),
        ("filter.min_treat=0.6", "filter.min_treat: unknown key. Did you mean 'min_threat'?"),
        ("min_threat=0.6", "min_threat: unknown key. Did you mean 'filter.min_threat'?"),
    ],
)
def test_a_set_that_does_not_fit_says_why(override: str, told: str) -> None:
    assert told in refused("quickstart", [override])
