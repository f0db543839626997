from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.recipe.trying import QUICKSTART, refused, write


def test_a_typo_in_a_key_names_file_key_path_and_what_is_allowed(tmp_path: Path) -> None:
    file = write(tmp_path, filter__min_treat=0.6)
    message = refused(str(file))
    assert message.startswith(f"{file}: filter.min_treat: unknown key. Did you mean 'min_threat'?")
    assert "Allowed here: encoder, concept_set, concepts, calibration" in message


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("filter__min_threat", 1.5, "filter.min_threat: given 1.5; input should be less than or"),
        (
            "filter__min_threat",
            "high",
            "filter.min_threat: given 'high'; input should be a valid number.",
        ),
        ("filter__control", "some", "filter.control: given 'some'; input should be 'matched' or"),
        ("version", "1.0", "version: given '1.0'; it is not of the right form. Version of the"),
        ("name", "Ünsafe", "name: given 'Ünsafe'; "),
        ("seed", -1, "seed: given -1; "),
        ("ask__pairs_per_image", 0, "ask.pairs_per_image: given 0; "),
        ("collect__sources", [], "collect.sources: given []; at least 1 entry is needed."),
        ("release__splits", {"train": 0.5}, "release.splits: given "),
        (
            "release__license",
            "CC-BY-4.0",
            "release.license: given 'CC-BY-4.0'; it is not of the right form. Licence of the datas",
        ),
        ("release__pretty_name", " ", "release.pretty_name: given ' '; "),
        ("ask__families", [], "ask.families: given []; input should be 'all', or at least 1"),
        (
            "filter__licenses",
            ["cc0"],
            "filter.licenses.0: given 'cc0'; input should be 'public-domain', 'attribution', 'shar",
        ),
        ("collect__sources", "x", "collect.sources: given 'x'; write a list of mappings: [{source"),
        ("collect__sources", ["x"], "collect.sources.0: given 'x'; it must be a mapping of keys"),
        (
            "filter__concepts",
            "gun",
            "filter.concepts: given 'gun'; input should be 'all', or write a list: [gun]",
        ),
        (
            "ask__families",
            "a: b",
            "ask.families: given 'a: b'; input should be 'all', or write a list: [\"a: b\"]",
        ),
        ("version", 1, 'version: given 1; write "1.0.0". Version of'),
        ("name", 12, 'name: given 12; write it in quotes: "12". Name'),
        ("filter__min_threat", 0.1, "filter: max_control_threat 0.3 must be below min_threat 0.1"),
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
