"""Concept sets that extend others."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.filter import concept_files, concepts

BASE = """
version: 1.0.0
prompts: ["{}", "a photo of {}"]
threat:
  - {name: blades, descriptions: [a sword], look_alikes: [a butter knife]}
  - {name: firearms, descriptions: [a gun]}
neutral:
  - {name: pets, descriptions: [a cat]}
"""


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def test_a_set_lays_its_own_over_another(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=BASE,
        own="extends: base.yaml\nversion: 2.0.0\n"
        "threat: [{name: traps, descriptions: [a bear trap]},"
        " {name: blades, descriptions: [a dagger]}]\n",
    )
    found = concepts.load(str(tmp_path / "own.yaml"))
    assert found.version == "2.0.0"
    assert found.threat_names == ("blades", "firearms", "traps")
    assert found.threat_texts[0] == ("a dagger", "a photo of a dagger")
    assert found.neutral_names == ("pets",)
    assert concepts.load(str(tmp_path / "own.yaml")) == found  # what was read stays as it was


def test_shipped_sets_are_extended_by_name(tmp_path: Path) -> None:
    write(tmp_path, own="extends: default\nneutral: [{name: kites, descriptions: [a kite]}]\n")
    found, base = concepts.load(str(tmp_path / "own.yaml")), concepts.load("default")
    assert found.threat == base.threat
    assert found.neutral_names[len(base.neutral)] == "kites"
    assert found.content_hash != base.content_hash


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("extends: 7\n", "extends: give one name or path, and at most 5 deep"),
        ("extends: own.yaml\n", "extends: .*own.yaml extends this set itself"),
        ("extends: other.yaml\n", r"other.yaml: extends: .*own.yaml extends this set itself"),
        ("extends: none.yaml\n", "no concept set '.*none.yaml'"),
        ("extends: base.yaml\nthreat: [7]\n", "threat.2: input should be a valid dictionary"),
        ("extends: base.yaml\nthreat: [{name: [a]}]\n", "threat.2.name: input should be a valid"),
        (
            (
                "extends: base.yaml\nthreat: [{name: blades, descriptions: [x]},"
                " {name: blades, descriptions: [y]}]\n"
            ),
            "own.yaml: the name 'blades' occurs twice",
        ),
        ("extends: base.yaml\nthreat: 7\n", "threat: input should be a valid"),
        ("extends: bad.yaml\nthreat: [{name: x, descriptions: [y]}]\n", "version: field required"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, own: str, said: str) -> None:
    write(tmp_path, own=own, base=BASE, other="extends: own.yaml\n", bad="threat: [7]\n")
    with pytest.raises(UserError, match=said):
        concepts.load(str(tmp_path / "own.yaml"))


def test_shipped_sets_are_found_by_name() -> None:
    assert set(concept_files.available()) >= {"default", "threats"}
    assert concept_files.find("default").name == "default.yaml"
