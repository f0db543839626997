"""A rising line from a score to a probability, fitted to labelled images."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter.regression import balanced

Floats = NDArray[np.float64]


def points(score: Floats, y: Floats, prior: float) -> tuple[tuple[float, float], ...]:
    """Points (score, probability), both rising, of the best rising step function.

    A block of images becomes the point at its mean; no block is surer than one image more of the
    other class would leave it (Laplace's rule), so that 0 and 1 are never said.
    Source: Zadrozny and Elkan 2002, Transforming classifier scores into probability estimates
    """
    from scipy.optimize import isotonic_regression

    # Of equal scores the threats first: so they fall into one block, whatever their order was.
    order = np.lexsort((-y, score))
    x, target = score[order], y[order]
    weight = balanced(target, prior)
    blocks = isotonic_regression(target, weights=weight).blocks
    found = []
    for start, stop in itertools.pairwise(blocks):
        w, share = weight[start:stop], target[start:stop]
        p = (w @ share + prior) / (w.sum() + 1.0)
        found.append((round(float(x[start:stop].mean()), 6), round(float(p), 6)))
    return _rising(found)


def _rising(found: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Without points that Laplace's rule or rounding has put out of order."""
    kept = found[:1]
    for x, p in found[1:]:
        if x > kept[-1][0]:
            kept.append((x, max(p, kept[-1][1])))
    return tuple(kept)
