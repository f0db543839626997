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

    `first` is the row of the first image of each row's near-duplicate cluster.
    """
    verdict = []
    for at, score in enumerate(columns["threat_score"]):
        if first[at] != at:
            verdict.append("near_duplicate")
        elif score >= chosen.min_threat:
            verdict.append("threat" if columns["concept"][at] in wanted else "other_concept")
        elif score <= chosen.max_control_threat:
            verdict.append("control")
        else:
            verdict.append("between_thresholds")
    return verdict


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
    columns: Columns, verdict: Sequence[str], chosen: FilterSection, wanted: Collection[str]
) -> str:
    """What to say when no image is a threat: which `min_threat` would keep how many."""
    limit = chosen.min_threat
    rows = zip(columns["threat_score"], columns["concept"], verdict, strict=True)
    scores = [
        score for score, concept, code in rows if code != "near_duplicate" and concept in wanted
    ]
    if not scores:
        return "filter: no image is nearest to one of filter.concepts: collect more images"
    counts = [(value, sum(score >= value for score in scores)) for value in _HINTS if value < limit]
    useful = [f"{value:g} would keep {count}" for value, count in counts if count]
    best = f"no image reaches filter.min_threat {limit:g}: the highest of {len(scores)} is "
    return f"{best}{max(scores):.3f}. {', '.join(useful[:3]) or 'Collect more images'}"
