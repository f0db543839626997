"""What a probe learns from labelled images, beside what the texts say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from vsfa_data.filter import probe, regression


def images(
    count: int = 400, dimension: int = 20, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features, soft margins, labels and folds: each of the first two knows half of a label."""
    rng = np.random.default_rng(seed)
    y = (rng.random(count) < 0.3).astype(np.float64)
    features = rng.normal(0.0, 0.2, (count, dimension))
    features[:, 3] += 0.3 * y
    return features, rng.normal(0.0, 0.1, count) + 0.15 * y, y, np.arange(count) % 5


def odds(found: probe.Fitted, features: np.ndarray, soft: np.ndarray) -> np.ndarray:
    return found.soft_margin * soft + features @ found.weights + found.intercept


@pytest.mark.parametrize("dimension", [20, 500])
def test_both_together_tell_more_than_either(dimension: int) -> None:
    """As many equations as features (20), or as images (500): neither hangs on which."""
    features, soft, y, fold = images(dimension=dimension)
    found = probe.fit(features, soft, y, fold)
    others, margins, truth, _ = images(dimension=dimension, seed=1)
    told = regression.auc(odds(found, others, margins), truth)
    alone = [regression.auc(one, truth) for one in (margins, others @ found.weights)]
    assert told > max(alone) + 0.01
    assert regression.reliability(expit(odds(found, others, margins)), truth)[1] < 0.08


@pytest.mark.parametrize("count", [30, 400])
def test_solutions_are_those_of_the_normal_equations(count: int) -> None:
    """Of 30 images with 50 features, solved by images, as of 400, solved by features."""
    features, _, y, _ = images(count, 50)
    weight = regression.balanced(y) / count
    centred = features - weight @ features
    squares = centred.T @ (weight[:, None] * centred)
    both = centred.T @ (weight * (2 * y - 1))
    for ridge, (found, intercept) in zip(probe.RIDGES, probe._solved(features, y), strict=True):
        expected = np.linalg.solve(squares + ridge * np.eye(50), both)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
        assert weight @ (features @ found + intercept) == pytest.approx(0.0, abs=1e-9)


def test_a_probe_that_knows_nothing_leaves_it_to_the_texts() -> None:
    features, soft, y, fold = images()
    features = np.random.default_rng(2).normal(0.0, 0.2, features.shape)
    found = probe.fit(features, soft, y, fold)
    assert np.corrcoef(odds(found, features, soft), soft)[0, 1] > 0.9


def test_what_is_held_out_decides_so_copies_in_other_folds_deceive_it() -> None:
    """Features of nothing but noise: only where near-duplicates are parted do they seem to tell."""
    features, soft, y, _ = images(60, 400)
    features = np.random.default_rng(3).normal(0.0, 0.2, features.shape)
    twice = (np.vstack([features, features]), np.tile(soft, 2), np.tile(y, 2))
    together = probe.fit(*twice, np.tile(np.arange(60) % 5, 2))
    parted = probe.fit(*twice, np.arange(120) % 7)
    assert np.linalg.norm(together.weights) < 0.6 * np.linalg.norm(parted.weights)
    assert together.soft_margin > 3 * parted.soft_margin


def test_without_images_to_judge_by_the_soft_margin_counts_alone() -> None:
    features, soft, y, _ = images()
    found = probe.fit(features, soft, y, np.zeros(len(y), np.int64))
    assert not found.weights.any()
    assert found.soft_margin > 0
