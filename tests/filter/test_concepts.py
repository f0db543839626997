"""Concept sets: what ships, and what is said of a faulty one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.filter import calibration_files, concepts

GOOD = """
version: 1.2.3
threat:
  - name: blades
    descriptions: [a sword, a dagger]
    look_alikes: [a butter knife]
  - name: firearms
    descriptions: [a gun]
neutral:
  - name: pets
    descriptions: [a cat]
"""

NO_NEUTRAL = GOOD[: GOOD.index("neutral")]
NAME = "^[a-z][a-z0-9_]{0,62}$"
SHORT = "should have at least 1 item after validation, not 0"


def test_the_default_set_has_the_threats_and_a_broad_neutral_side() -> None:
    found = concepts.load("default")
    assert found.threat_names == (
        "firearms", "blades", "explosives", "military_force", "violence_aftermath",
        "fire_and_disaster", "dangerous_animals", "toxic_and_biological_hazards",
        "crime_and_restraint", "surveillance_and_intrusion", "menacing_machines", "horror_figures",
    )  # fmt: skip
    assert len(found.neutral) == 33
    assert all(len(concept.descriptions) >= 3 for concept in (*found.threat, *found.neutral))
    assert all(len(concept.look_alikes) >= 3 for concept in found.threat)


def test_look_alikes_count_as_neutral(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GOOD)
    found = concepts.load(str(file))
    assert found.threat_names == ("blades", "firearms")
    assert found.threat_texts == (("a sword", "a dagger"), ("a gun",))
    assert found.neutral_names == ("pets", "a butter knife")
    assert found.neutral_texts == (("a cat",), ("a butter knife",))


def test_the_hash_is_of_the_content_alone(tmp_path: Path) -> None:
    texts = [GOOD, "# a comment\n" + GOOD.replace("[a gun]", '["a gun"]'), GOOD.replace("gun", "g")]
    hashes = []
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        hashes.append(concepts.load(str(file)).content_hash)
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


def test_chosen_concepts_come_in_the_sets_order() -> None:
    found = concepts.load("default")
    assert found.chosen("all") == found.threat_names
    assert found.chosen(("blades", "firearms", "blades")) == ("firearms", "blades")


@pytest.mark.parametrize(
    ("names", "given"),
    [(("guns",), "'guns' is no threat concept"), ((), "an empty list was given")],
)
def test_unknown_names_list_the_known_ones(names: tuple[str, ...], given: str) -> None:
    found = concepts.load("default")
    with pytest.raises(UserError) as caught:
        found.chosen(names)
    assert str(caught.value) == (
        f"filter.concepts: {given}. Use all, or some of: {', '.join(found.threat_names)}"
    )


def test_an_unknown_set_names_those_there_are() -> None:
    with pytest.raises(UserError) as caught:
        concepts.load("defualt")
    assert str(caught.value) == (
        "filter.concept_set: no concept set 'defualt': it is neither a file nor one of "
        f"{', '.join(concepts.available())}. Run: vsfa-data concepts"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[unclosed",
            "not valid YAML: expected ',' or ']', but got '<stream end>' (line 1)",
        ),
        (
            GOOD.replace("[a gun]", "&x [a gun]").replace("[a cat]", "*x"),
            "not valid YAML: aliases (*name) are not used here",
        ),
        (GOOD + "neutral: []", "not valid YAML: the key 'neutral' stands here twice (line 12)"),
        (
            GOOD.replace("[a butter knife]", "[pets]"),
            "the look-alike 'pets' is also a name: say it in other words",
        ),
        (
            GOOD.replace("name: pets", "name: threat"),
            "the name 'threat' is taken: labels and recipes use it otherwise",
        ),
        ("just text", "a concept set is a mapping with version, threat and neutral"),
        (GOOD.replace("[a gun]", "[]"), f"threat.1.descriptions: tuple {SHORT}"),
        (
            GOOD.replace("[a gun]", "['']"),
            "threat.1.descriptions.0: string should have at least 1 character (given '')",
        ),
        (
            GOOD.replace("[a gun]", "[1, 2]"),
            "threat.1.descriptions.0: input should be a valid string (and 1 more)",
        ),
        (GOOD.replace("name: pets", "name: blades"), "the name 'blades' occurs twice"),
        (GOOD.replace("[a cat]", "[a gun]"), "the text 'a gun' occurs twice"),
        (NO_NEUTRAL, "neutral: field required"),
        (NO_NEUTRAL + "neutral: []", f"neutral: tuple {SHORT}"),
        (GOOD + "extra: 1", "extra: unknown key"),
        (GOOD.replace("look_alikes", "lookalikes"), "threat.0.lookalikes: unknown key"),
        (
            GOOD.replace("name: pets", "name: My Pets"),
            f"neutral.0.name: string should match pattern '{NAME}' (given 'My Pets')",
        ),
        (
            "!!python/object/apply:os.system ['true']",
            (
                "not valid YAML: could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/object/apply:os.system' (line 1)"
            ),
        ),
    ],
)
def test_a_faulty_set_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        concepts.load(str(file))
    assert str(caught.value) == f"{file}: {problem}"


def test_a_huge_set_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(UserError, match="a concept set is at most 1,000,000 bytes"):
        concepts.load(str(file))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read as a concept set"):
        concepts.load(str(file))


def test_prompts_and_look_alikes_make_texts(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GOOD + "prompts: ['{}', 'a sketch of {}']\n")
    found = concepts.load(str(file))
    assert found.threat_texts[1] == ("a gun", "a sketch of a gun")
    assert found.neutral_texts[1] == ("a butter knife", "a sketch of a butter knife")
    assert found.neutral_names == ("pets", "a butter knife")
    file.write_text(GOOD + "prompts: [a sketch]\n")
    with pytest.raises(UserError, match=r"prompts.0: string should match pattern .*'a sketch'"):
        concepts.load(str(file))


def test_a_category_stands_for_its_concepts(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GOOD.replace("- name: blades", "- name: blades\n    category: weapons"))
    found = concepts.load(str(file))
    assert found.categories == {"weapons": ("blades",)}
    assert found.chosen(("weapons",)) == ("blades",)
    assert found.chosen(("firearms", "weapons", "blades")) == ("blades", "firearms")
    file.write_text(GOOD.replace("- name: blades", "- name: blades\n    category: firearms"))
    with pytest.raises(UserError, match="the name 'firearms' occurs twice"):
        concepts.load(str(file))


def test_keys_that_came_later_leave_older_sets_their_hash() -> None:
    fitted = json.loads((calibration_files.FOLDER / "embedded.json").read_bytes())
    assert concepts.load("default").content_hash == fitted["concept_set_sha256"]


def test_the_wide_set_has_two_levels_and_hard_negatives() -> None:
    found = concepts.load("threats")
    assert list(found.categories) == [
        "firearms", "blades", "explosives", "military_force", "violence_aftermath",
        "fire_and_disaster", "dangerous_animals", "toxic_and_biological_hazards",
        "crime_and_restraint", "surveillance_and_intrusion", "menacing_machines", "horror_figures",
    ]  # fmt: skip
    assert all(len(names) >= 4 for names in found.categories.values())
    assert sum(map(len, found.categories.values())) == len(found.threat) >= 60
    assert len(found.neutral) >= 50
    assert all(len(one.descriptions) >= 3 for one in (*found.threat, *found.neutral))
    assert all(one.look_alikes for one in found.threat)
    assert {"a photo of {}", "a painting of {}", "a sketch of {}"} <= set(found.prompts)
