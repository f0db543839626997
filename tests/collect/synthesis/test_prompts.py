from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from vsfa_data import resources
from vsfa_data.collect.synthesis.prompts import Shot, Synthesis, shots
from vsfa_data.errors import UserError

PLAIN: dict[str, Any] = {
    "version": "1.0.0",
    "prompt": "{style} of {subject} {scene}",
    "scenes": ["in a room", "outside"],
    "styles": ["a photograph", "a drawing"],
    "threat": {"blades": ["a sword", "an axe"]},
    "neutral": {"pets": ["a dog"]},
}


def wording(**changed: Any) -> Synthesis:
    return Synthesis.model_validate(PLAIN | changed)


def load(folder: Path, **changed: Any) -> Synthesis:
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(PLAIN | changed), encoding="utf-8")
    return Synthesis.load(str(path))


def test_shipped_subjects_speak_of_the_shipped_concepts_and_of_each_of_them() -> None:
    concepts = yaml.safe_load((resources.folder("concepts") / "default.yaml").read_text())
    found = Synthesis.load("default")
    assert list(found.threat) == [concept["name"] for concept in concepts["threat"]]
    assert list(found.neutral) == [concept["name"] for concept in concepts["neutral"]]


def test_prompts_are_all_subjects_in_all_scenes_and_styles() -> None:
    assert wording().prompts(["a dog"]) == [
        "a photograph of a dog in a room",
        "a drawing of a dog in a room",
        "a photograph of a dog outside",
        "a drawing of a dog outside",
    ]
    assert len(wording().prompts(["a sword", "an axe", "a sword"])) == 8


@pytest.mark.parametrize(
    "prompt",
    [
        "{style} of {subject}",
        "{style} of {subject} {scene} {scene}",
        "{style} of {subject} {scene} {more}",
        "{style} of {subject.__class__} {scene}",
        "{style:>99999999} of {subject} {scene}",
        "{style!r} of {subject} {scene}",
        "{} {style} {subject} {scene}",
        "{style",
    ],
)
def test_a_prompt_names_its_three_slots_and_nothing_else(tmp_path: Path, prompt: str) -> None:
    with pytest.raises(UserError, match=r"own\.yaml: prompt: "):
        load(tmp_path, prompt=prompt)


def test_too_many_prompts_are_refused(tmp_path: Path) -> None:
    many = [f"thing {number}" for number in range(400)]
    with pytest.raises(UserError, match="blades has 320,000 prompts, at most 100,000 can be"):
        load(tmp_path, scenes=many, styles=many[:])


def test_a_concept_shows_each_prompt_once_before_any_is_used_again() -> None:
    found = shots(wording(), [(["a dog"], 9)], seed=0)
    prompts = [shot.prompt for shot in found]
    assert set(prompts[:4]) == set(wording().prompts(["a dog"]))
    assert prompts == (prompts[:4] * 3)[:9]
    assert len({shot.seed for shot in found}) == 9


def test_concepts_take_turns() -> None:
    found = shots(wording(), [(["a sword"], 4), (["a dog"], 2)], seed=0)
    assert ["dog" in shot.prompt for shot in found] == [False, True, False, True, False, False]


def test_shots_are_the_same_again_and_a_longer_list_goes_on_from_a_shorter_one() -> None:
    short, long = (shots(wording(), [(["a dog"], each)], seed=7) for each in (5, 20))
    assert long[:5] == short
    assert shots(wording(), [(["a dog"], 20)], seed=8) != long


def test_known_shots() -> None:
    """What was made once can be made again by any later version."""
    assert shots(wording(), [(["a dog"], 2)], seed=0) == [
        Shot("a drawing of a dog outside", 5331154012969849490),
        Shot("a drawing of a dog in a room", 8853098597372357770),
    ]


def test_a_shot_is_text_and_back() -> None:
    shot = Shot('a "photograph" of é', 2**63 - 1)
    assert Shot.parse(shot.text()) == shot
