"""Calibrations fitted to cosines whose probabilities are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from vsfa_data.filter import fitting, regression
from vsfa_data.filter.calibration import Calibration
from vsfa_data.filter.fitting import METHODS, Labelled, Method
from vsfa_data.filter.margins import margins

NAMES = ("blades", "firearms", "pets", "food", "cars")


def labelled(count: int = 600, seed: int = 0, **given: float) -> Labelled:
    """A threat concept's cosines rise with the label, a neutral one's fall, a feature rises."""
    rng = np.random.default_rng(seed)
    y = (rng.random(count) < 0.3).astype(np.float64)
    cosines = rng.normal(0.2, 0.03, (count, len(NAMES)))
    cosines[:, 0] += 0.05 * y
    cosines[:, 2] -= 0.03 * y
    fold = np.arange(count) % 5
    features = rng.normal(0.0, 0.1, (count, 4))
    features[:, 1] += 0.15 * y
    return Labelled(cosines, features, y, fold, NAMES, 2, 0.05, **given)


def calibration(of: Labelled, method: Method) -> Calibration:
    known = {"encoder": "x", "concept_set_version": "1", "concept_set_sha256": "y", "corpus": "z"}
    return Calibration.model_validate({**known, **fitting.parameters(of, method)})


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_foretells_images_that_it_has_not_seen(method: Method) -> None:
    found = calibration(labelled(), method)
    others = labelled(seed=1)
    rows = zip(others.cosines, others.features, strict=True)
    p = np.array([found.probability(*row, NAMES, 2) for row in rows])
    assert p[others.y > 0].mean() > p[others.y == 0].mean() + 0.2
    assert ((p > 0) & (p < 1)).all()
    good = found.quality
    assert good.folds == 5
    assert good.auc > 0.75
    assert good.average_precision is not None
    assert good.average_precision > 0.5
    assert good.ece < 0.12
    assert found.threat_images + found.neutral_images == 600
    assert sum(row.images for row in good.reliability) == 600


def test_few_labels_leave_what_the_texts_say_and_correct_it_little() -> None:
    found = calibration(labelled(), "concepts")
    assert found.soft_margin > 0
    moved = {name: abs(found.weights.get(name, 0.0)) for name in NAMES}
    assert max(moved, key=moved.__getitem__) in {"blades", "pets"}  # which alone tell anything
    of = labelled()
    soft = np.array([margins(row, 2, 0.05)[1] for row in of.cosines])
    odds = logit(fitting.held_out(of, "concepts"))
    assert np.corrcoef(soft, odds)[0, 1] > 0.8
    assert regression.auc(odds, of.y) > regression.auc(soft, of.y) + 0.005


def test_each_label_is_judged_against_all_that_is_neutral() -> None:
    of = labelled()
    shown = ("blades", "firearms")
    names = tuple(shown[at % 2] if y else "neutral" for at, y in enumerate(of.y))
    found = fitting.quality(replace(of, shown=names), "margins")
    p = fitting.held_out(of, "margins")
    assert list(found["labels"]) == ["blades", "firearms"]
    one = np.array([name == "blades" for name in names])
    rows = one | (of.y == 0)
    assert found["labels"]["blades"] == {
        "images": int(one.sum()),
        "auc": round(regression.auc(p[rows], of.y[rows]), 4),
        "average_precision": round(regression.average_precision(p[rows], of.y[rows]), 4),
    }
    assert list(found["precision_at"]) == ["10", "50", "100", str(int(of.y.sum()))]
    assert found["precision_at"]["10"] > 0.6
    assert fitting.quality(of, "margins")["labels"] == {}


def test_the_same_images_give_the_same_calibration() -> None:
    for method in METHODS:
        assert fitting.parameters(labelled(), method) == fitting.parameters(labelled(), method)


def test_the_prior_is_the_share_that_is_foretold() -> None:
    rare = labelled(prior=0.05)
    p = fitting.held_out(rare, "margins")
    from vsfa_data.filter.regression import balanced

    assert balanced(rare.y, 0.05) @ p / len(p) == pytest.approx(0.05, abs=0.02)


def test_rare_threats_are_told_as_well_as_frequent_ones() -> None:
    """What is expected moves probabilities; it takes nothing from weights, nor from a choice."""
    rare, even = labelled(prior=0.0001), labelled()
    for method in ("margins", "concepts"):
        p, usual = fitting.held_out(rare, method), fitting.held_out(even, method)
        assert regression.auc(p, rare.y) > regression.auc(usual, even.y) - 0.005
        assert logit(p).std() > 0.95 * logit(usual).std()
    assert fitting.best(rare) == fitting.best(even) != METHODS[0]


def test_an_image_is_judged_without_its_fold() -> None:
    of = labelled(50)
    of.fold[:] = np.arange(50) % 2
    before = fitting.held_out(of, "margins")
    of.y[of.fold == 1] = 1 - of.y[of.fold == 1]  # lies about the others
    after = fitting.held_out(of, "margins")
    assert np.allclose(before[of.fold == 1], after[of.fold == 1])
    assert not np.allclose(before[of.fold == 0], after[of.fold == 0])


def test_isotonic_points_rise_and_are_never_certain() -> None:
    steps = np.array(calibration(labelled(), "isotonic").steps)
    assert (np.diff(steps[:, 0]) > 0).all()
    assert (np.diff(steps[:, 1]) >= 0).all()
    assert 0 < steps[0, 1] < 0.2
    assert 0.8 < steps[-1, 1] < 1


def test_what_a_method_was_chosen_by_is_in_none_of_its_figures() -> None:
    """Images of one fold that lie about themselves change neither their own method nor others'."""
    of = labelled(200)
    inner, fitted = np.arange(200) // 5 % 4, list[int]()
    honest = fitting.best_held_out(of, inner, lambda: fitted.append(1))
    assert any(
        np.allclose(honest[of.fold == 1], fitting.held_out(of, method)[of.fold == 1])
        for method in METHODS
    )
    of.y[of.fold == 1] = 1 - of.y[of.fold == 1]
    told = fitting.best_held_out(of, inner)
    assert np.array_equal(told[of.fold == 1], honest[of.fold == 1])
    method = fitting.best(of, lambda: fitted.append(1))
    assert len(fitted) == fitting.fits(of, inner)
    found = fitting.parameters(of, method, told)["quality"]
    assert found["auc"] == round(regression.auc(told, of.y), 4)


def test_the_best_method_is_one_of_them_and_no_accident() -> None:
    assert fitting.best(labelled()) == fitting.best(labelled()) in METHODS
