"""Fits a calibration to the cosines of labelled images, and measures it on held-out ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter import regression
from vsfa_data.filter.calibration import Calibration
from vsfa_data.filter.margins import NAMES, margins

Method = Literal["concepts", "margins", "isotonic"]
METHODS: Final[tuple[Method, ...]] = ("margins", "isotonic", "concepts")
"""Simplest first: of equals the first is taken."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """Labelled images, as one encoder sees them.

    `cosines` float64[n, c] with the concepts `names`, of which the first `threats` are threats;
    `y` float64[n] is 1 for a threat; `fold` int64[n] says which images are held out together.
    """

    cosines: Floats
    y: Floats
    fold: NDArray[np.int64]
    names: Sequence[str]
    threats: int
    temperature: float
    prior: float = 0.5
    shown: tuple[str, ...] = ()
    """Label of each image, if more is known than whether it is a threat."""


def parameters(of: Labelled, method: Method) -> dict[str, Any]:
    """What Calibration has of a `method` fitted to all of the images."""
    kept = _fitted(of, np.ones(len(of.y), bool), method)
    rounded = {key: round(value, 6) for key, value in kept["weights"].items() if abs(value) > 1e-3}
    return {
        **({} if method == "concepts" else {"method": method, "temperature": of.temperature}),
        "threat_images": int(of.y.sum()),
        "neutral_images": int((1 - of.y).sum()),
        "prior": of.prior,
        "intercept": round(kept["intercept"], 6),
        "weights": rounded,
        **({"steps": kept["steps"]} if method == "isotonic" else {}),
        "quality": quality(of, method),
    }


def best(of: Labelled) -> Method:
    """The method with the least log loss on held-out images."""
    return min(METHODS, key=lambda method: round(_held_out_loss(of, method), 4))


def quality(of: Labelled, method: Method) -> dict[str, Any]:
    """What Quality has: each image is judged by what was fitted without its fold."""
    p = held_out(of, method)
    table, error = regression.reliability(p, of.y, of.prior)
    share = float(of.y.mean())
    _, unweighted = regression.reliability(regression.moved(p, of.prior, share), of.y, share)
    return {
        "folds": len(np.unique(of.fold)),
        "auc": round(regression.auc(p, of.y), 4),
        "average_precision": round(regression.average_precision(p, of.y), 4),
        "ece": round(error, 4),
        "ece_unweighted": round(unweighted, 4),
        "precision_at": {str(k): round(regression.precision_at(k, p, of.y), 4) for k in _ranks(of)},
        "labels": _by_label(of, p),
        "reliability": [{key: round(value, 4) for key, value in row.items()} for row in table],
    }


def _ranks(of: Labelled) -> list[int]:
    """Ranks at which the precision is told: some round numbers, and the number of threats."""
    return sorted({k for k in (10, 50, 100, int(of.y.sum())) if k <= len(of.y)})


def _by_label(of: Labelled, p: Floats) -> dict[str, dict[str, float]]:
    found = {}
    for label in sorted({one for one, y in zip(of.shown, of.y, strict=False) if y}):
        is_it = np.array([one == label for one in of.shown])
        rows = is_it | (of.y == 0)
        found[label] = {
            "images": int(is_it.sum()),
            "auc": round(regression.auc(p[rows], of.y[rows]), 4),
            "average_precision": round(regression.average_precision(p[rows], of.y[rows]), 4),
        }
    return found


def held_out(of: Labelled, method: Method) -> Floats:
    """Probability of each image by what was fitted without its fold."""
    out = np.empty(len(of.y))
    for one in np.unique(of.fold):
        found = Calibration.model_construct(
            method=method, temperature=of.temperature, **_fitted(of, of.fold != one, method)
        )
        for at in np.flatnonzero(of.fold == one):
            out[at] = found.probability(of.cosines[at], tuple(of.names), of.threats)
    return out


def _held_out_loss(of: Labelled, method: Method) -> float:
    return regression.log_loss(held_out(of, method), of.y, of.prior)


def _fitted(of: Labelled, rows: NDArray[np.bool_], method: Method) -> dict[str, Any]:
    """Weights, intercept and steps from the images `rows`."""
    cosines, y = of.cosines[rows], of.y[rows]
    if method == "concepts":
        centred = cosines - cosines.mean(1, keepdims=True)
        sign = np.where(np.arange(len(of.names)) < of.threats, 1.0, -1.0)
        weights, intercept = regression.sobered(centred, y, sign, of.fold[rows], of.prior)
        return {"weights": _named(of.names, weights), "intercept": intercept, "steps": ()}
    x = np.stack([margins(row, of.threats, of.temperature) for row in cosines])
    if method == "isotonic":
        steps = _isotonic(x[:, NAMES.index("soft_margin")], y, of.prior)
        return {"weights": {}, "intercept": 0.0, "steps": steps}
    weights, intercept = regression.fit(x, y, np.ones(len(NAMES)), of.prior)
    return {"weights": _named(NAMES, weights), "intercept": intercept, "steps": ()}


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return dict(zip(names, map(float, weights), strict=True))


def _isotonic(score: Floats, y: Floats, prior: float) -> tuple[tuple[float, float], ...]:
    """Points (score, probability), both rising, of the best rising step function.

    A block of images becomes the point at its mean; no block is surer than one image more of the
    other class would leave it (Laplace's rule), so that 0 and 1 are never said.
    Source: Zadrozny and Elkan 2002, Transforming classifier scores into probability estimates
    """
    from scipy.optimize import isotonic_regression

    # Of equal scores the threats first: so they fall into one block, whatever their order was.
    order = np.lexsort((-y, score))
    x, target = score[order], y[order]
    weight = regression.balanced(target, prior)
    blocks = isotonic_regression(target, weights=weight).blocks
    points = []
    for start, stop in itertools.pairwise(blocks):
        w, share = weight[start:stop], target[start:stop]
        p = (w @ share + prior) / (w.sum() + 1.0)
        points.append((round(float(x[start:stop].mean()), 6), round(float(p), 6)))
    return _rising(points)


def _rising(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Without points that Laplace's rule or rounding has put out of order."""
    kept = points[:1]
    for x, p in points[1:]:
        if x > kept[-1][0]:
            kept.append((x, max(p, kept[-1][1])))
    return tuple(kept)
