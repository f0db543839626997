"""A linear probe: what labelled images say of an encoder's features, beside what the texts say.

The texts of concepts judge a picture without any label; a linear model of its features (Radford et
al. 2021, arXiv:2103.00020, section 3.2) knows labels and nothing of the texts. They err on other
pictures, so both together are better than either (as in Wortsman et al. 2022, arXiv:2109.01903).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter import regression

if TYPE_CHECKING:
    from collections.abc import Iterator

RIDGES: Final = (1e-5, 1e-4, 3e-4, 1e-3, 1e-2)
"""Penalties on the squared weights that are tried, where the squared errors' mean has weight 1."""

Floats = NDArray[np.float64]


class Fitted(NamedTuple):
    """Log odds = soft_margin * the soft margin + weights @ features + intercept."""

    soft_margin: float
    weights: Floats
    intercept: float


def fit(
    features: Floats, soft: Floats, y: Floats, fold: NDArray[np.int64], prior: float = 0.5
) -> Fitted:
    """Fit to images with features [n, f], soft margins [n] and labels [n].

    The probe is a ridge regression on the labels, both kinds counting alike: Fisher's discriminant
    with a shrunk covariance. How much it and the soft margin count, and which penalty, is decided
    by a logistic regression on what it says of images that were held out, a `fold` at a time
    (stacking; Wolpert 1992): what it says of those it was fitted to is too good to be believed.
    """
    held = np.full((len(RIDGES), len(y)), np.nan)
    for one in np.unique(fold):
        out = fold == one
        if len(np.unique(y[~out])) > 1:
            for at, (weights, intercept) in enumerate(_solved(features[~out], y[~out])):
                held[at, out] = features[out] @ weights + intercept
    told = ~np.isnan(held[0])
    if len(np.unique(y[told])) < 2:  # no images to judge the probe by: the texts alone
        (scale,), shift = regression.fit(soft[:, None], y, np.ones(1), prior)
        return Fitted(float(scale), np.zeros(features.shape[1]), shift)
    stacked = [_stacked(soft[told], one[told], y[told], prior) for one in held]
    best = min(range(len(RIDGES)), key=lambda at: stacked[at][0])
    _, (margin, scale), shift = stacked[best]
    weights, intercept = list(_solved(features, y))[best]
    return Fitted(float(margin), scale * weights, float(shift + scale * intercept))


def _stacked(soft: Floats, held: Floats, y: Floats, prior: float) -> tuple[float, Floats, float]:
    """Log loss, weights of both and intercept of the logistic regression on both."""
    from scipy.special import expit

    x = np.column_stack([soft, held])
    weights, intercept = regression.fit(x, y, np.ones(2), prior, regression.SOBERING_RIDGE)
    loss = regression.log_loss(expit(x @ weights + intercept), y, prior)
    return regression.graded(loss, prior), weights, intercept


def _solved(x: Floats, y: Floats) -> Iterator[tuple[Floats, float]]:
    """Weights and intercept of the ridge regression of -1 and 1 on `x`, for each of RIDGES."""
    from scipy.linalg import cho_factor, cho_solve

    share = regression.balanced(y) / len(y)
    mean, goal = share @ x, 2.0 * y - 1.0
    root = np.sqrt(share)
    z, t = (x - mean) * root[:, None], (goal - share @ goal) * root
    wide = z.shape[1] > z.shape[0]  # then as many equations as images are enough
    gram = z @ z.T if wide else z.T @ z
    for ridge in RIDGES:
        factor = cho_factor(gram + ridge * np.eye(len(gram)))
        weights = z.T @ cho_solve(factor, t) if wide else cho_solve(factor, z.T @ t)
        yield weights, float(share @ goal - mean @ weights)
