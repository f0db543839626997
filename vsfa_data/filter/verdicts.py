"""What becomes of an image, judged by its scores alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from vsfa_data.recipe import FilterSection

Columns = dict[str, list[Any]]


class Basis(NamedTuple):
    """What images are judged by: a column of SCORES, and its thresholds in the recipe."""

    column: str
    threat_from: float
    control_to: float
    key: str
    hints: tuple[float, ...]


def basis(chosen: FilterSection) -> Basis:
    """The probability of a threat, or the margin where the recipe does without a calibration."""
    if chosen.uncalibrated:
        low, high = chosen.max_control_margin, chosen.min_margin
        return Basis("margin", high, low, "filter.min_margin", _MARGINS)
    low, high = chosen.max_control_threat, chosen.min_threat
    return Basis("threat_score", high, low, "filter.min_threat", _THREATS)


_THREATS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
_MARGINS: Final = (0.1, 0.05, 0.02, 0.01, 0.0, -0.01, -0.02, -0.05, -0.1)


def by_score(
    columns: Columns, first: Sequence[int], chosen: FilterSection, wanted: Collection[str]
) -> list[str]:
    """For each row 'threat', 'control' (it may be one) or a reason code.

    `first` is the row of the first image of each row's near-duplicate cluster. Of a cluster one
    row keeps its verdict, the others become 'near_duplicate': the most probable threat, or else
    the least threatening control, or else the first row; the first of equals.
    """
    by = basis(chosen)
    scores = columns[by.column]
    rows = zip(scores, columns["concept"], strict=True)
    verdict = [_judged(score, concept, by, wanted) for score, concept in rows]
    best: dict[int, int] = {}
    for at in sorted(range(len(verdict)), key=lambda at: _rank(verdict[at], scores, at)):
        best.setdefault(first[at], at)
    return [code if best[first[at]] == at else "near_duplicate" for at, code in enumerate(verdict)]


def _judged(score: float, concept: str, by: Basis, wanted: Collection[str]) -> str:
    if score >= by.threat_from:
        return "threat" if concept in wanted else "other_concept"
    return "control" if score <= by.control_to else "between_thresholds"


def _rank(code: str, scores: Sequence[float], at: int) -> tuple[int, float, int]:
    """The lower, the rather a row stands for its cluster."""
    if code == "threat":
        return 0, -scores[at], at
    return (1, scores[at], at) if code == "control" else (2, 0.0, at)


def apply_quota(
    columns: Columns, verdict: list[str], chosen: FilterSection, weights: Mapping[str, float]
) -> None:
    """Of each concept keep the most probable threats; the others become 'over_quota'.

    A concept's quota is `max_per_concept` times its weight, rounded; one that is not in `weights`
    has weight 1. Of equally probable ones those with the lower image_id stay. No quota: no limit.
    """
    limit = chosen.max_per_concept
    if limit is None:
        return
    scores = columns[basis(chosen).column]
    threats = (at for at, code in enumerate(verdict) if code == "threat")
    seen = Counter[str]()
    for at in sorted(threats, key=lambda at: (-scores[at], columns["image_id"][at])):
        concept = columns["concept"][at]
        seen[concept] += 1
        if seen[concept] > round(limit * weights.get(concept, 1.0)):
            verdict[at] = "over_quota"


def hint(
    columns: Columns, first: Sequence[int], chosen: FilterSection, wanted: Collection[str]
) -> str:
    """What to say when no image is a threat: which threshold would keep how many.

    `first` as in `by_score`: a cluster counts once, by its most probable threat.
    """
    by = basis(chosen)
    highest: dict[int, float] = {}
    rows = zip(columns[by.column], columns["concept"], first, strict=True)
    for score, concept, cluster in rows:
        if concept in wanted:
            highest[cluster] = max(score, highest.get(cluster, score))
    scores = list(highest.values())
    if not scores:
        return "filter: no image is nearest to one of filter.concepts: collect more images"
    lower = [value for value in by.hints if value < by.threat_from]
    counts = [(value, sum(score >= value for score in scores)) for value in lower]
    useful = [f"{value:g} would keep {count}" for value, count in counts if count]
    best = f"no image reaches {by.key} {by.threat_from:g}: the highest of {len(scores)} is "
    return f"{best}{max(scores):.3f}. {', '.join(useful[:3]) or 'Collect more images'}"
