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
        ("collect__sources", [], "collect.sources: given []; "),
        ("release__splits", {"train": 0.5}, "release.splits: given "),
        (
            "release__license",
            "CC-BY-4.0",
            "release.license: given 'CC-BY-4.0'; it is not of the right form. Licence of the datas",
        ),
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
