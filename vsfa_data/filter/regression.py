"""Logistic regression with signed weights, and how its probabilities are judged."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RIDGE: Final = 0.1
"""Penalty on the squared standardised weights, per image. Of 0.01, 0.1, 0.3, 1 and 3 the one with
the least cross-validated log loss on openclipart (0.655, 0.615, 0.616, 0.633, 0.655)."""
BINS: Final = 10
"""Rows of a reliability table, of equal numbers of images."""

Floats = NDArray[np.float64]


def fit(x: Floats, y: Floats, sign: Floats, prior: float = 0.5) -> tuple[Floats, float]:
    """Weights float64[f] and intercept for features `x` float64[n, f] and labels `y` (0 or 1).

    The threats count `prior` of all, however many images they are. A weight has the sign that
    `sign` (1 or -1) gives its feature, or is zero. The penalty is on the weights of standardised
    features; those that come back are for `x` as given.
    """
    from scipy.optimize import minimize

    mean, spread = x.mean(0), x.std(0) + 1e-9
    z, weight = (x - mean) / spread, balanced(y, prior)
    penalty = RIDGE * len(y)

    def loss(b: Floats) -> tuple[float, Floats]:
        odds = z @ b[:-1] + b[-1]
        wrong = weight * (1.0 / (1.0 + np.exp(-odds)) - y)
        value = (weight * (np.logaddexp(0.0, odds) - y * odds)).sum() + penalty * b[:-1] @ b[
            :-1
        ] / 2
        return float(value), np.append(wrong @ z + penalty * b[:-1], wrong.sum())

    bounds = [(0.0, None) if one > 0 else (None, 0.0) for one in sign]
    found = minimize(
        loss, np.zeros(len(sign) + 1), jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B"
    ).x
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def balanced(y: Floats, prior: float = 0.5) -> Floats:
    """Weights of the images that make the threats count `prior` of all; their mean is 1."""
    share = float(y.mean())
    return np.where(y > 0, prior / share, (1.0 - prior) / (1.0 - share))


def auc(scores: Floats, y: Floats) -> float:
    """Area under the ROC curve (Mann-Whitney, ties count half)."""
    from scipy.stats import rankdata

    positive = float(y.sum())
    ranks = float(rankdata(scores)[y > 0].sum())
    return (ranks - positive * (positive + 1) / 2) / (positive * (len(y) - positive))


def average_precision(scores: Floats, y: Floats) -> float:
    """Mean over the threats of the precision at their rank; equal scores share a rank."""
    order = np.argsort(-scores, kind="stable")
    hits, ends = np.cumsum(y[order]), np.flatnonzero(np.diff(scores[order], append=np.inf))
    found = np.diff(hits[ends], prepend=0.0)
    return float((found * hits[ends] / (ends + 1)).sum() / y.sum())


def precision_at(k: int, scores: Floats, y: Floats) -> float:
    """Share of threats among the `k` highest scores; of equal ones the first count."""
    return float(y[np.argsort(-scores, kind="stable")[:k]].mean())


def log_loss(p: Floats, y: Floats, prior: float = 0.5) -> float:
    """Mean surprise in nats, the threats counting `prior` of all."""
    sure = np.clip(p, 1e-6, 1.0 - 1e-6)
    surprise = -np.where(y > 0, np.log(sure), np.log1p(-sure))
    return float((balanced(y, prior) * surprise).mean())


def reliability(p: Floats, y: Floats, prior: float = 0.5) -> tuple[list[dict[str, float]], float]:
    """Reliability table and expected calibration error, the threats counting `prior` of all.

    Bins hold equal numbers of images, sorted by probability.
    """
    weight, rows, error = balanced(y, prior), [], 0.0
    for part in np.array_split(np.argsort(p, kind="stable"), min(BINS, len(p))):
        w = weight[part]
        predicted, observed = float(w @ p[part] / w.sum()), float(w @ y[part] / w.sum())
        error += float(w.sum() / weight.sum()) * abs(predicted - observed)
        bounds = {"low": float(p[part[0]]), "high": float(p[part[-1]]), "images": len(part)}
        rows.append({**bounds, "predicted": predicted, "observed": observed})
    return rows, error
