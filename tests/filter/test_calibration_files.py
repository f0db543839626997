"""Which calibration is used, and that it holds for encoder and concept set."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.filter.test_calibration import IDENTITY, made
from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import calibration_files as files
from vsfa_data.filter import concepts
from vsfa_data.recipe import FilterSection

SET = """
version: 1.0.0
threat: [{name: blades, descriptions: [a sword]}]
neutral: [{name: pets, descriptions: [a cat]}]
"""


def section(concept_set: object = "default", **given: Any) -> FilterSection:
    return FilterSection(encoder="embedded", concept_set=str(concept_set), **given)


@pytest.fixture
def own_set(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(SET)
    return file


@pytest.mark.parametrize("name", ["default", "threats"])
def test_the_shipped_calibrations_fit_encoder_and_concepts(name: str) -> None:
    found = files.of(section(name), IDENTITY)
    assert found is not None
    known = concepts.load(name)
    assert set(found.weights) <= {*known.threat_names, *known.neutral_names}
    assert all(
        (weight > 0) == (name in known.threat_names) for name, weight in found.weights.items()
    )
    assert found.prior == 0.5
    assert len(found.quality.reliability) == 10
    images = sum(row.images for row in found.quality.reliability)
    assert images == found.threat_images + found.neutral_images
    assert 0.5 < found.quality.auc < 1.0


def test_where_calibrations_lie(own_set: Path) -> None:
    assert files.path_for("embedded", "default") == files.FOLDER / "embedded.json"
    assert files.path_for("open_clip", str(own_set)) == own_set.with_name("own.open_clip.json")


def test_an_own_concept_set_needs_its_own_calibration(own_set: Path) -> None:
    file = own_set.with_name("own.embedded.json")
    with pytest.raises(UserError) as caught:
        files.of(section(own_set), IDENTITY)
    assert str(caught.value) == (
        f"filter: encoder 'embedded' has no calibration for concept set '{own_set}', so "
        f"threat_score would mean nothing. Fit one to labelled images: vsfa-data calibrate IMAGES "
        f"--labels CSV --encoder embedded --concepts {own_set} --out FILE, and set "
        f"filter.calibration=FILE; or set filter.uncalibrated=true and select by cosine margins"
    )
    assert files.digest(section(own_set)) == "none"
    good = made(concept_set_sha256=concepts.load(str(own_set)).content_hash)
    file.write_text(json.dumps(good))
    found = files.of(section(own_set), IDENTITY)
    assert found is not None
    assert found.intercept == -1.0
    digest = files.digest(section(own_set))
    assert digest.startswith("sha256:")
    elsewhere = file.rename(own_set.with_name("elsewhere.json"))
    assert files.of(section(own_set, calibration=str(elsewhere)), IDENTITY) == found
    assert files.digest(section(own_set, calibration=str(elsewhere))) == digest


def test_a_recipe_may_do_without(own_set: Path) -> None:
    chosen = section(own_set, uncalibrated=True)
    assert files.of(chosen, "any encoder") is None
    assert files.digest(chosen) == "uncalibrated"


def test_a_calibration_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"^filter.calibration: there is no file /nowhere"):
        files.of(section(calibration="/nowhere.json"), IDENTITY)


def test_another_encoder_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        files.of(section(), "another model")
    file = files.FOLDER / "embedded.json"
    assert str(caught.value).startswith(
        f"filter: {file} was fitted for another encoder ({IDENTITY}). Fit one to labelled images: "
    )


def test_another_wording_is_refused(own_set: Path) -> None:
    file = own_set.with_name("own.embedded.json")
    shipped = concepts.load("default").content_hash
    for change, said in (
        (
            {"concept_set_version": "0.9.0"},
            f"concept set version 0.9.0, not for the wording that version 1.0.0 of '{own_set}' has",
        ),
        ({}, f"another concept set than '{own_set}', or another wording of it (both of version "),
        ({"concept_set_sha256": shipped}, f"the concept set 'default', not for '{own_set}'. Fit "),
    ):
        file.write_text(json.dumps(made(**change)))
        with pytest.raises(UserError) as caught:
            files.of(section(own_set), IDENTITY)
        assert str(caught.value).startswith(f"filter: {file} was fitted for {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid JSON: EOF while parsing"),
        ("[]", "Input should be an object"),
        ("{", "Invalid JSON: EOF while parsing"),
        ('{"encoder": 1}', "encoder: Input should be a valid string"),
        (json.dumps(made(intercept=math.nan)), "intercept: Input should be a finite number"),
    ],
)
def test_a_broken_file_is_refused(own_set: Path, text: str, said: str) -> None:
    file = own_set.with_name("own.embedded.json")
    file.write_text(text)
    with pytest.raises(SetupError, match=rf"own.embedded.json is no calibration \({said}.*\)"):
        files.of(section(own_set), IDENTITY)


def test_weights_of_concepts_that_the_set_lacks_are_refused(own_set: Path) -> None:
    used = concepts.load(str(own_set)).content_hash
    edited = made(concept_set_sha256=used, weights={"blade": 10.0})
    own_set.with_name("own.embedded.json").write_text(json.dumps(edited))
    with pytest.raises(UserError, match=r"fitted for other concepts \('blade' is none here\)"):
        files.of(section(own_set), IDENTITY)


@pytest.mark.parametrize("name", ["default", "threats"])
def test_a_card_tells_how_good_the_shipped_calibrations_are(name: str) -> None:
    found = files.of(section(name), IDENTITY)
    assert found is not None
    good, said = found.quality, files.described(section(name))
    assert said.startswith(f"{files.digest(section(name))}; held out in 5 folds: ROC AUC ")
    assert f"ROC AUC {good.auc:.2f}, AP {good.average_precision:.2f}, ECE {good.ece:.2f}" in said
    assert "75 threats and 1500 others: openclipart 0.18" in said
    assert sum(one.images for one in good.labels.values()) == found.threat_images


def test_what_is_no_calibration_is_described_by_its_hash_alone(own_set: Path) -> None:
    assert files.described(section(own_set)) == "none"
    assert files.described(section(uncalibrated=True)) == files.UNCALIBRATED
    own_set.with_name("own.embedded.json").write_text("{}")
    assert files.described(section(own_set)) == files.digest(section(own_set))
