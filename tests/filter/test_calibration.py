"""A calibration holds for one encoder and one concept set, and says so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from vsfa_data.errors import SetupError
from vsfa_data.filter import calibration
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions

FEATURES = np.array([0.6, 0.8], np.float32)
IDENTITY = EmbeddedEncoder(EmbeddedOptions()).identity


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


def test_probability_is_logistic_in_the_centred_cosines() -> None:
    found = calibration.Calibration.model_validate(made())
    cosines = np.array([0.5, 0.2, 0.2])
    names = ("blades", "pets", "food")
    odds = -1.0 + 10.0 * (0.5 - 0.3) - 4.0 * (0.2 - 0.3)
    expected = 1 / (1 + math.exp(-odds))
    assert found.probability(cosines, FEATURES, names, 1) == pytest.approx(expected)
    assert found.probability(cosines + 0.3, FEATURES, names, 1) == pytest.approx(expected)


def test_concepts_correct_what_the_soft_margin_says() -> None:
    given = {"soft_margin": 6.0, "temperature": 0.1}
    found = calibration.Calibration.model_validate(made(**given))
    cosines = np.array([0.5, 0.2, 0.2])  # the soft margin of one threat and two alike is 0.3
    odds = -1.0 + 6.0 * (0.5 - 0.2) + 10.0 * (0.5 - 0.3) - 4.0 * (0.2 - 0.3)
    names = ("blades", "pets", "food")
    assert found.probability(cosines, FEATURES, names, 1) == pytest.approx(
        1 / (1 + math.exp(-odds))
    )
    assert found.probability(cosines + 0.3, FEATURES, names, 1) == pytest.approx(
        1 / (1 + math.exp(-odds))
    )


@pytest.mark.parametrize(("odds", "p"), [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0), (1.0, 0.7310586)])
def test_logistic_does_not_overflow(odds: float, p: float) -> None:
    assert calibration.logistic(odds) == pytest.approx(p)


def test_margins_are_logistic_in_few_numbers() -> None:
    given = {"method": "margins", "temperature": 0.1, "weights": {"margin": 3.0}}
    found = calibration.Calibration.model_validate(made(**given))
    cosines = np.array([0.5, 0.1, 0.2, 0.3])
    expected = 1 / (1 + math.exp(-(-1.0 + 3.0 * (0.5 - 0.3))))
    assert found.probability(cosines, FEATURES, ("a", "b", "c", "d"), 2) == pytest.approx(expected)


def test_a_probe_adds_features_to_the_soft_margin() -> None:
    given = {"method": "probe", "probe": [2.0, -1.5], "soft_margin": 6.0, "temperature": 0.1}
    found = calibration.Calibration.model_validate(made(**given, weights={}))
    names, odds = ("blades", "pets", "food"), -1.0 + 6.0 * 0.3 + 2.0 * 0.6 - 1.5 * 0.8
    for cosines in (np.array([0.5, 0.2, 0.2]), np.array([0.8, 0.5, 0.5])):
        p = found.probability(cosines, FEATURES, names, 1)
        assert p == pytest.approx(1 / (1 + math.exp(-odds)))
    with pytest.raises(
        SetupError, match=r"weighs 2 features, but conse .* gives 3: it has been edited"
    ):
        found.probability(cosines, np.ones(3, np.float32), names, 1)


def test_isotonic_goes_through_its_points_and_is_flat_beyond() -> None:
    steps = [(-0.1, 0.1), (0.0, 0.4), (0.1, 0.9)]
    given = {"method": "isotonic", "weights": {}, "steps": steps, "temperature": 1e-4}
    found = calibration.Calibration.model_validate(made(**given))

    def p(margin: float) -> float:
        return found.probability(np.array([margin, 0.0]), FEATURES, ("a", "b"), 1)

    assert [p(x) for x in (-1.0, -0.1, -0.05, 0.0, 0.05, 0.1, 1.0)] == pytest.approx(
        [0.1, 0.1, 0.25, 0.4, 0.65, 0.9, 0.9], abs=1e-6
    )


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"method": "isotonic"}, "steps: isotonic needs points that rise, one at least"),
        ({"method": "isotonic", "steps": [[0.1, 0.9], [0.0, 0.2]]}, "points that rise"),
        ({"method": "isotonic", "steps": [[0.1, 7.0]]}, "less than or equal to 1"),
        ({"method": "margins", "weights": {"soft": 1.0}}, "'soft' is none of margin, soft_margin"),
        ({"weights": {"blades": math.nan}}, "finite number"),
        ({"intercept": math.inf}, "finite number"),
        ({"soft_margin": -1.0}, "greater than or equal to 0"),
        ({"method": "probe"}, "the method 'probe' has weights of features, no other has"),
        ({"probe": [1.0]}, "the method 'probe' has weights of features, no other has"),
        ({"method": "probe", "probe": [math.nan]}, "finite number"),
        ({"weights": {"blades": 1e308, "pets": -1e308}}, "less than or equal to 1000000000000000"),
        ({"quality": {"folds": 5, "auc": math.nan, "ece": 0.1, "reliability": []}}, r"quality.auc"),
        ({"threat_images": 10**12}, "less than or equal to 1000000000"),
        ({"corpus": "two\n- lines"}, "corpus"),
        ({"corpus": "a" * 501}, "at most 500"),
    ],
)
def test_what_gives_no_probability_is_no_calibration(edited: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        calibration.Calibration.model_validate(made(**edited))
