"""How well scores tell threats from the rest on labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter import regression
from vsfa_data.filter.concepts import ConceptSet
from vsfa_data.scoring.labels import NEUTRAL, THREAT

AT: Final = (10, 50, 100)
"""Ranks at which the precision is told, besides the number of threats."""

Row = dict[str, Any]


def quality(
    rows: Sequence[Row], labels: Sequence[str], concept_set: ConceptSet, prior: float = 0.5
) -> dict[str, Any] | None:
    """Figures over all labelled pictures and for each label; None if one class is missing.

    `rows` are those of Scorer, `labels` theirs. Scores are threat_score, or the margin without a
    calibration; then there is no calibration error. `prior` is the share of threats that the
    probabilities assume; the error is that of pictures with such a share. A label's own figures
    set its pictures against all neutral ones; `named` is the share of them whose nearest concept is
    the label's.
    """
    y = np.array([label != NEUTRAL for label in labels], np.float64)
    if not 0 < y.sum() < len(y):  # of none at all too
        return None
    by = "margin" if rows[0]["threat_score"] is None else "threat_score"
    scores = np.array([row[by] for row in rows], np.float64)
    found: dict[str, Any] = {"by": by, **_figures(scores, y, by, prior), "labels": {}}
    for label in sorted(set(labels) - {NEUTRAL, THREAT}):
        shown = np.array([one == label for one in labels])
        some = shown | (y == 0)
        meant = {label, *concept_set.categories.get(label, ())}
        named = [row["concept"] in meant for row, is_one in zip(rows, shown, strict=True) if is_one]
        found["labels"][label] = {
            **_figures(scores[some], y[some], by, prior),
            "named": round(sum(named) / len(named), 4),
        }
    return found


def _figures(
    scores: NDArray[np.float64], y: NDArray[np.float64], by: str, prior: float
) -> dict[str, Any]:
    threats = int(y.sum())
    ranks = [k for k in (*AT, threats) if k <= len(y)]
    error = None if by == "margin" else round(regression.reliability(scores, y, prior)[1], 4)
    return {
        "threat_images": threats,
        "neutral_images": len(y) - threats,
        "roc_auc": round(regression.auc(scores, y), 4),
        "average_precision": round(regression.average_precision(scores, y), 4),
        "precision_at": {
            str(k): round(regression.precision_at(k, scores, y), 4) for k in sorted(set(ranks))
        },
        "ece": error,
    }
