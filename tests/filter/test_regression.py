"""Signed logistic regression, and how probabilities are judged."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vsfa_data.filter import regression


def data(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two features: the first says yes, the second no; a third says nothing."""
    rng = np.random.default_rng(seed)
    y = (rng.random(600) < 0.2).astype(np.float64)
    x = rng.normal(size=(600, 3))
    x[:, 0] += 2 * y
    x[:, 1] -= 2 * y
    return x, y


def test_the_gradient_vanishes_at_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression, "RIDGE", 0.0)
    x, y = data()
    weights, intercept = regression.fit(x, y, np.array([1.0, -1.0, 1.0]))
    p = 1 / (1 + np.exp(-(x @ weights + intercept)))
    wrong = regression.balanced(y) * (p - y)
    free = weights != 0
    np.testing.assert_allclose((wrong @ x)[free] / len(y), 0.0, atol=1e-3)
    assert wrong.mean() == pytest.approx(0.0, abs=1e-3)


def test_weights_keep_their_signs() -> None:
    x, y = data()
    right, _ = regression.fit(x, y, np.array([1.0, -1.0, 1.0]))
    wrong, _ = regression.fit(x, y, np.array([-1.0, 1.0, 1.0]))
    assert right[0] > 0.5
    assert right[1] < -0.5
    assert wrong[:2].tolist() == [0.0, 0.0]


def test_each_weight_has_a_penalty_of_its_own() -> None:
    x, y = data()
    sign = np.array([1.0, -1.0, 1.0])
    free, _ = regression.fit(x, y, sign, ridge=np.array([0.001, 0.001, 0.001]))
    held, _ = regression.fit(x, y, sign, ridge=np.array([0.001, 100.0, 0.001]))
    assert held[1] == pytest.approx(0.0, abs=0.01)
    assert held[0] > 0.5 * free[0] > 0.25
    one, _ = regression.fit(x, y, sign, ridge=0.1)
    same, _ = regression.fit(x, y, sign, ridge=np.full(3, 0.1))
    assert one.tolist() == same.tolist()


def test_both_classes_count_alike() -> None:
    y = np.array([1.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(regression.balanced(y), [2.0, 2 / 3, 2 / 3, 2 / 3])
    nothing, intercept = regression.fit(np.zeros((4, 1)), y, np.array([1.0]))
    assert nothing.tolist() == [0.0]
    assert intercept == pytest.approx(0.0, abs=1e-4)


def test_scale_and_place_of_the_features_do_not_matter() -> None:
    x, y = data()
    sign = np.array([1.0, -1.0, 1.0])
    weights, intercept = regression.fit(x, y, sign)
    moved, shifted = regression.fit(x * 100 + 7, y, sign)
    np.testing.assert_allclose((x * 100 + 7) @ moved + shifted, x @ weights + intercept, atol=1e-3)


def test_a_prior_moves_the_intercept_alone() -> None:
    x, y = data()
    sign = np.array([1.0, -1.0, 1.0])
    even, low = regression.fit(x, y, sign), regression.fit(x, y, sign, prior=0.01)
    assert low[1] < even[1] - 2
    p = 1 / (1 + np.exp(-(x @ low[0] + low[1])))
    assert regression.balanced(y, 0.01) @ p / len(y) == pytest.approx(0.01, abs=0.002)


def test_losses_are_compared_by_what_there_is_to_lose() -> None:
    assert regression.graded(0.44786, 0.5) == 0.4479
    assert regression.graded(0.00096, 0.0001) < regression.graded(0.00097, 0.0001) < 0.7
    p = np.full(4, 0.0001)
    loss = regression.log_loss(p, np.array([1.0, 0.0, 0.0, 0.0]), 0.0001)
    assert regression.graded(loss, 0.0001) == pytest.approx(0.6931)  # nothing but the prior


def test_precision_by_hand() -> None:
    y = np.array([1.0, 0.0, 1.0, 0.0])
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert regression.average_precision(scores, y) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert regression.average_precision(np.zeros(4), y) == 0.5  # one rank for all
    assert regression.precision_at(1, scores, y) == 1.0
    assert regression.precision_at(2, scores, y) == 0.5
    assert regression.precision_at(9, scores, y) == 0.5


def test_average_precision_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    y = (rng.random(300) < 0.3).astype(np.float64)
    scores = (rng.normal(size=300) + y).round(1)
    assert regression.average_precision(scores, y) == pytest.approx(
        metrics.average_precision_score(y, scores)
    )


def test_log_loss_of_a_coin_and_of_certainty() -> None:
    y = np.array([1.0, 0.0, 0.0, 0.0])
    assert regression.log_loss(np.full(4, 0.5), y) == pytest.approx(np.log(2))
    assert regression.log_loss(y, y) < 1e-5


def test_auc_counts_pairs_and_ties_by_half() -> None:
    y = np.array([1.0, 0.0, 1.0, 0.0])
    assert regression.auc(np.array([4.0, 1.0, 3.0, 2.0]), y) == 1.0
    assert regression.auc(np.array([1.0, 1.0, 1.0, 1.0]), y) == 0.5
    assert regression.auc(np.array([4.0, 1.0, 1.0, 2.0]), y) == (1 + 1 + 0.5 + 0) / 4


def test_reliability_of_a_perfect_and_of_an_overconfident_forecast() -> None:
    y = np.repeat([0.0, 1.0], 50)
    rows, error = regression.reliability(y, y)
    assert error == 0.0
    assert [row["images"] for row in rows] == [10] * 10
    assert rows[0] == {"low": 0.0, "high": 0.0, "images": 10, "predicted": 0.0, "observed": 0.0}
    coin = np.tile([0.0, 1.0], 50)
    rows, error = regression.reliability(np.repeat([0.1, 0.9], 50), coin)
    assert error == pytest.approx(0.4)
    assert rows[9]["observed"] == pytest.approx(0.5)


def test_many_weights_are_made_no_surer_than_held_out_images_allow() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(120, 40)), (np.arange(120) % 2).astype(float)
    x[:, 0] += y
    sign, fold = np.ones(40), np.arange(120) // 2 % 5
    plain, _ = regression.fit(x, y, sign)
    sober, intercept = regression.sobered(x, y, sign, fold)
    np.testing.assert_allclose(sober / sober[0], plain / plain[0], atol=1e-9)
    assert 0.0 < sober[0] < plain[0]
    fresh, truth = rng.normal(size=(4000, 40)), (np.arange(4000) % 2).astype(float)
    fresh[:, 0] += truth
    p = 1 / (1 + np.exp(-(fresh @ sober + intercept)))
    assert regression.reliability(p, truth)[1] < 0.06


def test_one_fold_leaves_a_fit_as_it_is() -> None:
    x, y = data()
    sign = np.array([1.0, -1.0, 1.0])
    weights, intercept = regression.sobered(x, y, sign, np.zeros(len(y), np.int64))
    plain = regression.fit(x, y, sign)
    assert weights.tolist() == plain[0].tolist()
    assert intercept == plain[1]


def test_probabilities_move_to_another_share_of_threats() -> None:
    p = np.array([0.5, 0.9, 0.0, 1.0])
    found = regression.moved(p, 0.5, 0.1)
    np.testing.assert_allclose(found, [0.1, 0.5, 0.0, 1.0], atol=1e-6)  # odds times 1/9
    np.testing.assert_allclose(regression.moved(found, 0.1, 0.5), p, atol=1e-6)


def test_the_order_of_equal_probabilities_does_not_matter() -> None:
    y, p = np.repeat([0.0, 1.0], 50), np.full(100, 0.5)
    rows, error = regression.reliability(p, y)
    assert error == pytest.approx(0.0)
    assert [row["observed"] for row in rows] == pytest.approx([0.5] * 10)
    assert regression.precision_at(10, p, y) == regression.precision_at(10, p, y[::-1]) == 0.5
    assert regression.precision_at(2, np.array([0.9, 0.1, 0.1]), y[[99, 0, 99]]) == 0.75
