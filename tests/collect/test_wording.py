from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vsfa_data import resources
from vsfa_data.collect.wording import MAX_BYTES, Wording, in_turn
from vsfa_data.errors import UserError

PLAIN = {"version": "1.0.0", "threat": {"blades": ["sword", "axe"]}, "neutral": {"pets": ["dog"]}}


def written(folder: Path, data: object) -> str:
    path = folder / "own.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data), encoding="utf-8")
    return str(path)


def test_shipped_words_speak_of_the_shipped_concepts_and_of_each_of_them() -> None:
    concepts = yaml.safe_load((resources.folder("concepts") / "default.yaml").read_text())
    words = Wording.load("default")
    assert list(words.threat) == [concept["name"] for concept in concepts["threat"]]
    assert list(words.neutral) == [concept["name"] for concept in concepts["neutral"]]


def test_shipped_words_are_fewer_searches_than_a_day_allows_and_none_is_made_twice() -> None:
    words = Wording.load("default")
    phrases = [one for told in (words.threat, words.neutral) for of in told.values() for one in of]
    assert len(phrases) == len(set(phrases)) < 100


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    words = Wording.load(written(tmp_path, PLAIN))
    assert words.chosen("all", neutral=True) == {"blades": ("sword", "axe"), "pets": ("dog",)}
    assert words.chosen(["blades"], neutral=False) == {"blades": ("sword", "axe")}
    assert words.chosen([], neutral=True) == {"pets": ("dog",)}


def test_an_unknown_concept_is_told_the_names_there_are(tmp_path: Path) -> None:
    words = Wording.load(written(tmp_path, PLAIN))
    with pytest.raises(UserError) as caught:
        words.chosen(["pets"], neutral=True)
    assert str(caught.value) == (
        "'pets' is no threat concept of the wording. Use all, or some of: blades"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a: [", ": not valid YAML (line 1)"),
        ("- a", ": the file: input should be a valid dictionary or instance of Wording"),
        (PLAIN | {"version": "1"}, ": version: string should match pattern"),
        (PLAIN | {"more": 1}, ": more: extra inputs are not permitted"),
        (PLAIN | {"threat": {}}, ": threat: "),
        (PLAIN | {"threat": {"blades": []}}, ": threat.blades: "),
        (PLAIN | {"threat": {"Blades!": ["a"]}}, ": threat.Blades!"),
        (PLAIN | {"neutral": {"pets": ["  "]}}, ": neutral.pets.0: "),
        (PLAIN | {"neutral": {"pets": ["x" * 201]}}, ": neutral.pets.0: "),
    ],
)
def test_a_faulty_file_is_named_with_its_fault(tmp_path: Path, data: object, message: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(UserError) as caught:
        Wording.load(path)
    assert str(caught.value).startswith(path + message)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at most 1,000,000 bytes"):
        Wording.load(written(tmp_path, "#" * (MAX_BYTES + 1)))


def test_an_unknown_name_is_told_where_to_look() -> None:
    with pytest.raises(UserError) as caught:
        Wording.load("defualt")
    assert str(caught.value) == (
        "no wording 'defualt': it is neither a file nor one of default (concepts/search/)"
    )


def test_groups_take_turns() -> None:
    assert in_turn(["abc", "d", "", "ef"]) == ["a", "d", "e", "b", "f", "c"]
    assert in_turn([]) == []
    assert in_turn([[None, 1], [2]]) == [None, 2, 1]
