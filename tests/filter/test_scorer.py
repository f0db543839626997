"""Scores of images from cosines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.embedded.sample import picture
from tests.filter.test_calibration import made
from vsfa_data.errors import SetupError
from vsfa_data.filter import calibration, calibration_files, concepts, looking
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder
from vsfa_data.filter.scorer import Cosines, Scorer
from vsfa_data.recipe import FilterSection
from vsfa_data.sections import Section

SET = """
version: 1.0.0
threat:
  - {name: blades, descriptions: [x, y], look_alikes: [z]}
  - {name: firearms, descriptions: [minus x]}
neutral:
  - {name: pets, descriptions: [y and z]}
"""
VECTORS = {
    "x": (1, 0, 0),
    "y": (0, 1, 0),
    "z": (0, 0, 1),
    "minus x": (-1, 0, 0),
    "y and z": (0, 1, 1),
}


class Plain(Encoder):
    """An image is its first pixel as a direction; a text is looked up."""

    Options = Section
    identity = "plain"
    logit_scale = 1.0

    def open(self) -> None:
        pass

    def prepare(self, image: Image.Image) -> NDArray[Any]:
        return np.asarray(image)[0, 0]

    def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        return self._unit(list(prepared))

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._unit([VECTORS[text] for text in texts])

    @staticmethod
    def _unit(rows: list[Any]) -> NDArray[np.float32]:
        found = np.array(rows, np.float32).reshape(-1, 3)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


@pytest.fixture
def cosines(tmp_path: Path, cache: Path) -> Cosines:
    del cache  # a folder of its own
    file = tmp_path / "own.yaml"
    file.write_text(SET)
    return Cosines(Plain(None), concepts.load(str(file)))


def scored(
    cosines: Cosines, fitted: calibration.Calibration | None, pixel: tuple[int, int, int]
) -> dict[str, Any]:
    scorer = Scorer(cosines.names, cosines.threats, fitted)
    seen = cosines.of([Image.new("RGB", (2, 2), pixel)])[0]
    return scorer.row(seen, np.zeros(0, np.float32))


def test_without_a_calibration_there_is_no_probability(cosines: Cosines) -> None:
    row = scored(cosines, None, (0, 7, 0))
    assert row["threat_score"] is None
    assert row["concept_score"] == 0.707107


def test_a_concept_is_the_mean_of_its_texts(cosines: Cosines) -> None:
    assert cosines.names == ("blades", "firearms", "pets", "z")
    half = np.sqrt(0.5)
    found = cosines.of([Image.new("RGB", (2, 2), (9, 0, 0)), Image.new("RGB", (2, 2), (0, 0, 5))])
    np.testing.assert_allclose(found, [[half, -1, 0, 0], [0, 0, half, 1]], atol=1e-6)
    assert cosines.of([]).shape == (0, 4)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_vector_that_is_no_number_is_refused(cosines: Cosines, bad: float) -> None:
    with pytest.raises(SetupError, match=r"^the encoder .* not finite numbers: its weights"):
        cosines.row(np.array([0.0, bad, 1.0], np.float32))


@pytest.mark.parametrize(
    ("vector", "said"),
    [([0.0, 0.0, 0.0], "not of length 1"), ([3.0, 0.0, 0.0], "not of length 1"), ([1.0], "shape")],
)
def test_what_is_no_unit_vector_has_no_cosines(
    cosines: Cosines, vector: list[float], said: str
) -> None:
    with pytest.raises(SetupError, match=rf"^the encoder plain gave vectors .*{said}"):
        cosines.row(np.array(vector, np.float32))


def test_rows_name_the_nearest_of_both_sides(cosines: Cosines) -> None:
    fitted = calibration.Calibration.model_validate(made())
    row = scored(cosines, fitted, (0, 7, 0))
    half = np.sqrt(0.5)
    mean = half / 2
    odds = -1.0 + 10.0 * (half - mean) - 4.0 * (half - mean)
    assert row == {
        "concept": "blades",
        "concept_score": 0.707107,
        "neutral_concept": "pets",
        "margin": 0.0,
        "threat_score": round(1 / (1 + np.exp(-odds)), 6),
    }


def test_a_look_alike_can_be_the_nearest(cosines: Cosines) -> None:
    fitted = calibration.Calibration.model_validate(made())
    row = scored(cosines, fitted, (0, 0, 7))
    assert (row["concept"], row["neutral_concept"], row["margin"]) == ("blades", "z", -1.0)


def test_the_embedded_encoder_tells_a_rifle_from_a_cup(encoder: EmbeddedEncoder) -> None:
    fitted = calibration_files.of(FilterSection(encoder="embedded"), encoder.identity)
    found = Cosines(encoder, concepts.load("default"))
    scorer = Scorer.of(concepts.load("default"), fitted)
    assert scorer.names == found.names
    images = [picture("firearms-m16-rifle.png"), picture("food-coffee-cup.jpg")]
    seen = [looking.look(encoder, [encoder.prepare(image)])[0] for image in images]
    features = [looking.parted(row)[0] for row in seen]
    rifle, cup = map(scorer.row, found.of(images), features)
    assert rifle["concept"] == "firearms"
    assert rifle["margin"] > 0
    assert rifle["threat_score"] >= 0.5
    assert cup["neutral_concept"] == "drinks"
    assert cup["margin"] < 0
    assert cup["threat_score"] <= 0.2
    assert scorer.row(found.row(features[1][: found.dimension]), features[1]) == cup
