"""A calibration holds for one encoder and one concept set, and says so."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import calibration, concepts
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions

IDENTITY = EmbeddedEncoder(EmbeddedOptions()).identity
SET = """
version: 1.0.0
threat: [{name: blades, descriptions: [a sword]}]
neutral: [{name: pets, descriptions: [a cat]}]
"""


def made(**given: Any) -> dict[str, Any]:
    return {
        "encoder": IDENTITY,
        "concept_set_version": "1.0.0",
        "concept_set_sha256": "0" * 64,
        "corpus": "a test",
        "threat_images": 1,
        "neutral_images": 1,
        "prior": 0.5,
        "intercept": -1.0,
        "weights": {"blades": 10.0, "pets": -4.0},
        "quality": {"folds": 5, "auc": 0.7, "ece": 0.1, "reliability": []},
        **given,
    }


@pytest.fixture
def own_set(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(SET)
    return file


def test_the_shipped_calibration_fits_encoder_and_concepts() -> None:
    found = calibration.load("embedded", IDENTITY, "default")
    known = concepts.load("default")
    assert set(found.weights) <= {*known.threat_names, *known.neutral_names}
    assert all(
        (weight > 0) == (name in known.threat_names) for name, weight in found.weights.items()
    )
    assert found.prior == 0.5
    assert len(found.quality.reliability) == 10
    images = sum(row.images for row in found.quality.reliability)
    assert images == found.threat_images + found.neutral_images
    assert 0.5 < found.quality.auc < 1.0


def test_probability_is_logistic_in_the_centred_cosines() -> None:
    found = calibration.Calibration.model_validate(made())
    cosines = np.array([0.5, 0.2, 0.2])
    odds = -1.0 + 10.0 * (0.5 - 0.3) - 4.0 * (0.2 - 0.3)
    expected = 1 / (1 + math.exp(-odds))
    assert found.probability(cosines, ("blades", "pets", "food")) == pytest.approx(expected)
    assert found.probability(cosines + 0.3, ("blades", "pets", "food")) == pytest.approx(expected)


@pytest.mark.parametrize(("odds", "p"), [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0), (1.0, 0.7310586)])
def test_logistic_does_not_overflow(odds: float, p: float) -> None:
    assert calibration.logistic(odds) == pytest.approx(p)


def test_where_calibrations_lie(own_set: Path) -> None:
    assert calibration.path_for("embedded", "default") == calibration.FOLDER / "embedded.json"
    assert calibration.path_for("open_clip", str(own_set)) == own_set.with_name(
        "own.open_clip.json"
    )


def test_an_own_concept_set_needs_its_own_calibration(own_set: Path) -> None:
    file = own_set.with_name("own.embedded.json")
    with pytest.raises(UserError) as caught:
        calibration.load("embedded", IDENTITY, str(own_set))
    assert str(caught.value) == (
        f"filter: encoder 'embedded' has no calibration for concept set '{own_set}', so "
        f"threat_score would mean nothing. Use encoder embedded with concept_set default, or fit "
        f"one to {file} (python -m vsfa_data.filter.fit_embedded --help)"
    )
    assert calibration.digest("embedded", str(own_set)) == "none"
    good = made(concept_set_sha256=concepts.load(str(own_set)).content_hash)
    file.write_text(json.dumps(good))
    assert calibration.load("embedded", IDENTITY, str(own_set)).intercept == -1.0
    assert len(calibration.digest("embedded", str(own_set))) == 64


def test_another_encoder_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        calibration.load("embedded", "another model", "default")
    file = calibration.FOLDER / "embedded.json"
    assert str(caught.value) == (
        f"filter: {file} was fitted for another encoder ({IDENTITY}). Use encoder embedded with "
        f"concept_set default, or fit one to {file} "
        f"(python -m vsfa_data.filter.fit_embedded --help)"
    )


def test_another_wording_is_refused(own_set: Path) -> None:
    file = own_set.with_name("own.embedded.json")
    file.write_text(json.dumps(made(concept_set_version="0.9.0")))
    with pytest.raises(UserError) as caught:
        calibration.load("embedded", IDENTITY, str(own_set))
    assert str(caught.value).startswith(
        f"filter: {file} was fitted for concept set version 0.9.0, not for the wording that "
        f"version 1.0.0 has now. Use "
    )


@pytest.mark.parametrize("text", ["", "[]", "{", '{"encoder": 1}'])
def test_a_broken_file_is_refused(own_set: Path, text: str) -> None:
    file = own_set.with_name("own.embedded.json")
    file.write_text(text)
    with pytest.raises(SetupError, match=r"own.embedded.json is no calibration \(\d+ faults\)"):
        calibration.load("embedded", IDENTITY, str(own_set))
