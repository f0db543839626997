from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from vsfa_data import recipe as recipes
from vsfa_data.errors import UserError

QUICKSTART = recipes.available()["quickstart"]


def write(tmp_path: Path, **changes: Any) -> Path:
    data = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *above, last = path.split("__")
        place = data
        for key in above:
            place = place[key]
        place[last] = value
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    return file


def refused(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(UserError) as caught:
        recipes.load(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_every_builder_is_valid_and_named_as_its_file() -> None:
    assert "quickstart" in recipes.available()
    for name in recipes.available():
        assert recipes.load(name).name == name


def test_a_typo_in_a_key_names_file_key_path_and_what_is_allowed(tmp_path: Path) -> None:
    file = write(tmp_path, filter__min_treat=0.6)
    message = refused(str(file))
    assert message.startswith(f"{file}: filter.min_treat: unknown key. Did you mean 'min_threat'?")
    assert "Allowed here: encoder, concept_set, concepts, calibration" in message


def test_a_typo_in_a_part_names_those_there_are(tmp_path: Path) -> None:
    file = write(tmp_path, filter__encoder="embeded")
    assert f"{file}: filter.encoder: unknown encoder 'embeded'. Choose one of: embedded" in refused(
        str(file)
    )


def test_a_typo_in_a_sources_own_option_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, collect__sources=[{"source": "folder", "paht": "x"}])
    message = refused(str(file))
    assert "collect.sources.0." in message
    assert "path" in message


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("filter__min_threat", 1.5, "filter.min_threat: given 1.5; input should be less than or"),
        ("filter__min_threat", "high", "filter.min_threat: given 'high'; input should be a valid"),
        ("filter__control", "some", "filter.control: given 'some'; input should be 'matched' or"),
        ("version", "1.0", "version: given '1.0'; "),
        ("name", "Ünsafe", "name: given 'Ünsafe'; "),
        ("seed", -1, "seed: given -1; "),
        ("ask__pairs_per_image", 0, "ask.pairs_per_image: given 0; "),
        ("collect__sources", [], "collect.sources: given []; "),
        ("release__splits", {"train": 0.5}, "release.splits: given "),
        ("release__license", " ", "release.license: given ' '; "),
        ("release__pretty_name", " ", "release.pretty_name: given ' '; "),
        ("ask__families", [], "ask.families: given []; input should be 'all', or tuple should"),
        ("odd]", 1, "odd]: unknown key. Allowed here: name"),
    ],
)
def test_a_wrong_value_is_shown_with_what_is_allowed(
    tmp_path: Path, key: str, value: Any, told: str
) -> None:
    file = write(tmp_path, **{key: value})
    assert refused(str(file)).startswith(f"{file}: {told}")


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    data = yaml.safe_load(QUICKSTART.read_text())
    del data["release"]["license"]
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(data))
    assert refused(str(file)).startswith(f"{file}: release.license: this key is required. Licence")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: [", "expected the node content, but found '<stream end>' (line 1, column 5)"),
        ("- a\n- b\n", "a recipe is a mapping of keys to values, not a list"),
        ("version: 2024-99-99", "a value that cannot be read: month must be in 1..12"),
        ("a: &a [x]\nb: [*a, *a]", "aliases (*name) are not used here"),
        ("description: " + 3000 * "[", "a value that cannot be read: "),
        ("", "a recipe is a mapping of keys to values, not empty"),
        ("seed: 1\nname: a\nseed: 2\n", "the key 'seed' stands here twice (line 3, column 1)"),
        ("seed: !!bool maybe", "a value that cannot be read: 'maybe' (line 1, column 7)"),
        ("seed: 0x" + 4000 * "f", "a value that cannot be read: a number of too many digits"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    assert told in refused(str(file))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as a recipe" in refused(str(file))


def test_an_unknown_name_is_told_the_names_there_are() -> None:
    message = refused("quikstart")
    assert "Did you mean 'quickstart'?" in message
    assert message.endswith("Run: vsfa-data recipes")


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


def test_thresholds_that_overlap_are_refused() -> None:
    told = "max_control_threat 0.5 must be below min_threat 0.4"
    assert told in refused("quickstart", ["filter.min_threat=0.4", "filter.max_control_threat=0.5"])


def test_a_release_of_controls_alone_needs_controls() -> None:
    told = "filter.control: none makes no controls, but release.configs lists nothing else"
    assert told in refused("quickstart", ["filter.control=none", "release.configs=[control]"])
    recipes.load("quickstart", ["filter.control=none", "release.configs=[threat, control]"])


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x.yaml", "x" * 5000])
def test_an_impossible_path_is_the_users_mistake(name: str) -> None:
    assert "is no path that can be used" in refused(name)


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


def test_a_recipe_survives_the_trip_to_a_worker() -> None:
    recipe = recipes.load("quickstart", ["caption.min_confidence=0.9"])
    again = recipes.parse(recipe.model_dump(mode="json"))
    assert again.model_dump() == recipe.model_dump()


def test_every_key_of_a_recipe_is_documented() -> None:
    def walk(model: Any, path: str) -> None:
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, recipes.Section):
                walk(inner, f"{path}.{name}")
            else:
                assert field.description, f"{path}.{name} has no docstring"

    walk(recipes.Recipe, "recipe")


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
