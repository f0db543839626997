"""What becomes of an image, judged by its scores alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

from vsfa_data.recipe import FilterSection

_HINTS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)

Columns = dict[str, list[Any]]


def by_score(
    columns: Columns, first: Sequence[int], chosen: FilterSection, wanted: Collection[str]
) -> list[str]:
    """For each row 'threat', 'control' (it may be one) or a reason code.

    `first` is the row of the first image of each row's near-duplicate cluster. Of a cluster one
    row keeps its verdict, the others become 'near_duplicate': the most probable threat, or else
    the least threatening control, or else the first row; the first of equals.
    """
    rows = zip(columns["threat_score"], columns["concept"], strict=True)
    verdict = [_judged(score, concept, chosen, wanted) for score, concept in rows]
    best: dict[int, int] = {}
    for at in sorted(range(len(verdict)), key=lambda at: _rank(verdict[at], columns, at)):
        best.setdefault(first[at], at)
    return [code if best[first[at]] == at else "near_duplicate" for at, code in enumerate(verdict)]


def _judged(score: float, concept: str, chosen: FilterSection, wanted: Collection[str]) -> str:
    if score >= chosen.min_threat:
        return "threat" if concept in wanted else "other_concept"
    return "control" if score <= chosen.max_control_threat else "between_thresholds"


def _rank(code: str, columns: Columns, at: int) -> tuple[int, float, int]:
    """The lower, the rather a row stands for its cluster."""
    score: float = columns["threat_score"][at]
    if code == "threat":
        return 0, -score, at
    return (1, score, at) if code == "control" else (2, 0.0, at)


def apply_quota(columns: Columns, verdict: list[str], limit: int | None) -> None:
    """Of each concept keep the `limit` most probable threats; the others become 'over_quota'.

    Of equally probable ones those with the lower image_id stay. None: no limit.
    """
    if limit is None:
        return
    threats = (at for at, code in enumerate(verdict) if code == "threat")
    seen = Counter[str]()
    for at in sorted(
        threats, key=lambda at: (-columns["threat_score"][at], columns["image_id"][at])
    ):
        seen[columns["concept"][at]] += 1
        if seen[columns["concept"][at]] > limit:
            verdict[at] = "over_quota"


def hint(
    columns: Columns, first: Sequence[int], chosen: FilterSection, wanted: Collection[str]
) -> str:
    """What to say when no image is a threat: which `min_threat` would keep how many.

    `first` as in `by_score`: a cluster counts once, by its most probable threat.
    """
    limit = chosen.min_threat
    highest: dict[int, float] = {}
    rows = zip(columns["threat_score"], columns["concept"], first, strict=True)
    for score, concept, cluster in rows:
        if concept in wanted:
            highest[cluster] = max(score, highest.get(cluster, score))
    scores = list(highest.values())
    if not scores:
        return "filter: no image is nearest to one of filter.concepts: collect more images"
    counts = [(value, sum(score >= value for score in scores)) for value in _HINTS if value < limit]
    useful = [f"{value:g} would keep {count}" for value, count in counts if count]
    best = f"no image reaches filter.min_threat {limit:g}: the highest of {len(scores)} is "
    return f"{best}{max(scores):.3f}. {', '.join(useful[:3]) or 'Collect more images'}"
