"""Fits a calibration to the cosines of labelled images, and measures it on held-out ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter import isotonic, probe, regression
from vsfa_data.filter.calibration import Calibration
from vsfa_data.filter.margins import NAMES, margins

Method = Literal["concepts", "margins", "isotonic", "probe"]
METHODS: Final[tuple[Method, ...]] = ("margins", "isotonic", "concepts", "probe")
"""Simplest first: of equals the first is taken."""
SOFT_MARGIN_RIDGE: Final = 0.001
"""Penalty on the soft margin's weight: next to none. What the texts say without any label is where
a fit begins."""
CONCEPT_RIDGE: Final = 0.3
"""Penalty on the weights of concepts, which correct that: with few labels it weighs more than they.
Of 0.03, 0.1, 0.3 and 1 near the least held-out log loss on the corpus: 0.441, 0.442, 0.448, 0.457
with the concept set `default`, 0.444, 0.433, 0.429, 0.432 with `threats`; without the soft margin
the least is 0.453 and 0.450."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """Labelled images, as one encoder sees them.

    `cosines` float64[n, c] with the concepts `names`, of which the first `threats` are threats;
    `features` [n, f] are those of `looking.look`; `y` float64[n] is 1 for a threat; `fold` int64[n]
    says which images are held out together.
    """

    cosines: Floats
    features: Floats
    y: Floats
    fold: NDArray[np.int64]
    names: Sequence[str]
    threats: int
    temperature: float
    prior: float = 0.5
    shown: tuple[str, ...] = ()
    """Label of each image, if more is known than whether it is a threat."""


def parameters(of: Labelled, method: Method, p: Floats | None = None) -> dict[str, Any]:
    """What Calibration has of a `method` fitted to all of the images; `p` as in `quality`."""
    kept = _fitted(of, np.ones(len(of.y), bool), method)
    rounded = {key: round(value, 6) for key, value in kept["weights"].items() if abs(value) > 1e-3}
    return {
        "method": method,
        "temperature": of.temperature,
        "threat_images": int(of.y.sum()),
        "neutral_images": int((1 - of.y).sum()),
        "prior": of.prior,
        "intercept": round(kept["intercept"], 6),
        "weights": rounded,
        **{key: kept[key] for key in ("soft_margin", "probe", "steps") if key in kept},
        "quality": quality(of, method, p),
    }


def best(of: Labelled, done: Callable[[], None] = lambda: None) -> Method:
    """The method with the least log loss on held-out images; `done` as in `held_out`."""
    return min(METHODS, key=lambda method: _held_out_loss(of, method, done))


def best_held_out(
    of: Labelled, inner: NDArray[np.int64], done: Callable[[], None] = lambda: None
) -> Floats:
    """As `held_out`, by the method that is `best` without the image's fold.

    Its figures are then of images that nothing was chosen by. `inner` int64[n] divides those of
    the other folds: near-duplicates in one part, as in `of.fold`.
    """
    out = np.empty(len(of.y))
    for one in np.unique(of.fold):
        rows = of.fold != one
        others = _rows(of, rows, inner)
        out[~rows] = _judged(of, one, best(others, done))
        done()
    return out


def fits(of: Labelled, inner: NDArray[np.int64]) -> int:
    """How often `best` and `best_held_out` together say that a fit is done."""
    folds = np.unique(of.fold)
    parts = sum(len(np.unique(inner[of.fold != one])) for one in folds)
    return len(METHODS) * (len(folds) + parts) + len(folds)


def quality(of: Labelled, method: Method, p: Floats | None = None) -> dict[str, Any]:
    """What Quality has: each image is judged by what was fitted without its fold.

    `p` are such probabilities if they are not `held_out` of that method.
    """
    p = held_out(of, method) if p is None else p
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


def held_out(of: Labelled, method: Method, done: Callable[[], None] = lambda: None) -> Floats:
    """Probability of each image by what was fitted without its fold; `done` after each fit."""
    out = np.empty(len(of.y))
    for one in np.unique(of.fold):
        out[of.fold == one] = _judged(of, one, method)
        done()
    return out


def _judged(of: Labelled, fold: int, method: Method) -> list[float]:
    """Probability of each image of a fold by what was fitted without it."""
    found = Calibration.model_construct(
        method=method, temperature=of.temperature, **_fitted(of, of.fold != fold, method)
    )
    names, out = tuple(of.names), of.fold == fold
    both = zip(of.cosines[out], of.features[out], strict=True)
    return [found.probability(cosines, seen, names, of.threats) for cosines, seen in both]


def _held_out_loss(of: Labelled, method: Method, done: Callable[[], None]) -> float:
    """Log loss of `held_out`, as `regression.graded` has it."""
    loss = regression.log_loss(held_out(of, method, done), of.y, of.prior)
    return regression.graded(loss, of.prior)


def _fitted(of: Labelled, rows: NDArray[np.bool_], method: Method) -> dict[str, Any]:
    """Weights, intercept and steps from the images `rows`."""
    cosines, y = of.cosines[rows], of.y[rows]
    x = np.stack([margins(row, of.threats, of.temperature) for row in cosines])
    soft = x[:, NAMES.index("soft_margin")]
    if method == "concepts":
        return _by_concepts(of, rows, soft)
    if method == "probe":
        return _by_probe(of, rows, soft)
    if method == "isotonic":
        steps = isotonic.points(soft, y, of.prior)
        return {"weights": {}, "intercept": 0.0, "steps": steps}
    weights, intercept = regression.fit(x, y, np.ones(len(NAMES)), of.prior)
    return {"weights": _named(NAMES, weights), "intercept": intercept}


def _by_concepts(of: Labelled, rows: NDArray[np.bool_], soft: Floats) -> dict[str, Any]:
    """The soft margin's weight and those of the concepts' cosines less their mean."""
    cosines = of.cosines[rows]
    x = np.column_stack([soft, cosines - cosines.mean(1, keepdims=True)])
    sign = np.where(np.arange(x.shape[1]) <= of.threats, 1.0, -1.0)
    ridge = np.append(SOFT_MARGIN_RIDGE, np.full(len(of.names), CONCEPT_RIDGE))
    weights, intercept = regression.sobered(x, of.y[rows], sign, of.fold[rows], of.prior, ridge)
    margin, named = round(float(weights[0]), 6), _named(of.names, weights[1:])
    return {"soft_margin": margin, "weights": named, "intercept": intercept}


def _by_probe(of: Labelled, rows: NDArray[np.bool_], soft: Floats) -> dict[str, Any]:
    """The soft margin's weight and those of the features."""
    features = of.features[rows].astype(np.float64)
    found = probe.fit(features, soft, of.y[rows], of.fold[rows], of.prior)
    return {
        "soft_margin": round(found.soft_margin, 6),
        "probe": tuple(round(float(one), 5) for one in found.weights),
        "weights": {},
        "intercept": found.intercept,
    }


def _rows(of: Labelled, rows: NDArray[np.bool_], fold: NDArray[np.int64]) -> Labelled:
    """Some of the images, in other folds."""
    features = of.features[rows]
    cosines, y = of.cosines[rows], of.y[rows]
    return replace(of, cosines=cosines, features=features, y=y, fold=fold[rows], shown=())


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return dict(zip(names, map(float, weights), strict=True))
