import pytest

from vsfa_data.release.seals import broken, seals

PLAIN = {"seed": 0, "recipe": {"a": [1, 2.5], "b": None}}
SEALED = {**PLAIN, "seals": seals(PLAIN)}


def test_a_sealed_manifest() -> None:
    assert list(broken(SEALED)) == []
    assert seals(SEALED) == SEALED["seals"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"seed": 1}, "seed: edited after the build"),
        ({"seed": 0.0}, "seed: edited after the build"),
        ({"more": 1, "recipe": {"a": [2, 1]}}, "more, recipe: edited after the build"),
        ({"seals": {}}, "has no seals: an older vsfa-data made it, or somebody took them out"),
        ({"seals": ["x"]}, "has no seals: an older vsfa-data made it, or somebody took them out"),
        ({"seals": {"seed": "0"}}, "recipe, seed: edited after the build"),
    ],
)
def test_an_edited_one(edit: dict[str, object], said: str) -> None:
    assert list(broken(SEALED | edit)) == [said]


def test_a_field_taken_out() -> None:
    fewer = {name: value for name, value in SEALED.items() if name != "seed"}
    assert list(broken(fewer)) == ["seed: edited after the build"]
