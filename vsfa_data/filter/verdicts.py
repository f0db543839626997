"""What becomes of an image, judged by its scores alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from vsfa_data.filter import fitness, titles
from vsfa_data.filter.fitness import Columns
from vsfa_data.recipe import FilterSection


class Basis(NamedTuple):
    """What images are judged by: a column of SCORES, and its thresholds in the recipe."""

    column: str
    threat_from: float
    control_to: float
    key: str
    """Which key of the recipe says what a threat is."""
    control_key: str
    """Which says what a control may be."""
    hints: tuple[float, ...]


def basis(chosen: FilterSection) -> Basis:
    """The probability of a threat, or the margin where the recipe does without a calibration."""
    if chosen.uncalibrated:
        low, high, names = chosen.max_control_margin, chosen.min_margin, _MARGIN_KEYS
        found = Basis("margin", high, low, *names, _MARGINS)
    else:
        low, high, names = chosen.max_control_threat, chosen.min_threat, _THREAT_KEYS
        found = Basis("threat_score", high, low, *names, _THREATS)
    if chosen.threats_by == "quota":
        return found._replace(threat_from=math.nextafter(low, math.inf), key=found.control_key)
    return found


_THREAT_KEYS: Final = ("filter.min_threat", "filter.max_control_threat")
_MARGIN_KEYS: Final = ("filter.min_margin", "filter.max_control_margin")
_THREATS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
_MARGINS: Final = (0.1, 0.05, 0.02, 0.01, 0.0, -0.01, -0.02, -0.05, -0.1)


@dataclass(frozen=True)
class Wanted:
    """What a recipe looks for: its threat concepts, and names that are look-alikes of threats."""

    concepts: Collection[str]
    look_alikes: Collection[str] = frozenset()


def by_score(
    columns: Columns, first: Sequence[int], chosen: FilterSection, wanted: Wanted
) -> list[str]:
    """For each row 'threat', 'control' (it may be one) or a reason code.

    `columns` are SCORES with what IMAGES say of them, and `title_term` (`titles.named`).
    `first` is the row of the first image of each row's near-duplicate cluster. Of a cluster one
    row keeps its verdict, the others become 'near_duplicate': a threat rather than a control,
    that rather than what is rejected; of these the best picture, the surest, the first.
    """
    by = basis(chosen)
    rows = zip(
        fitness.unfit(columns, chosen),
        columns[by.column],
        columns["concept"],
        columns["neutral_concept"],
        strict=True,
    )
    verdict = [
        reason or _judged(score, concept, neutral, by, wanted)
        for reason, score, concept, neutral in rows
    ]
    said = zip(verdict, columns["title"], columns["title_term"], strict=True)
    verdict = [
        titles.objection(code, title, term, chosen.titles) or code for code, title, term in said
    ]
    best: dict[int, int] = {}
    scores = columns[by.column]
    for at in sorted(range(len(verdict)), key=lambda at: _rank(verdict[at], scores, columns, at)):
        best.setdefault(first[at], at)
    return [code if best[first[at]] == at else "near_duplicate" for at, code in enumerate(verdict)]


def _judged(score: float, concept: str, neutral: str, by: Basis, wanted: Wanted) -> str:
    if score >= by.threat_from:
        return "threat" if concept in wanted.concepts else "other_concept"
    if score > by.control_to:
        return "between_thresholds"
    return "look_alike" if neutral in wanted.look_alikes else "control"


def _rank(
    code: str, scores: Sequence[float], columns: Columns, at: int
) -> tuple[int, int, float, float, int]:
    """The lower, the rather a row stands for its cluster."""
    if code not in ("threat", "control"):
        return 2, 0, 0.0, 0.0, at
    pixels, sharpness = fitness.quality(columns, at)
    unsure = scores[at] if code == "control" else -scores[at]
    return int(code == "control"), -pixels, -sharpness, unsure, at


def apply_quota(
    columns: Columns, verdict: list[str], chosen: FilterSection, weights: Mapping[str, float]
) -> None:
    """Of each concept, and of all, keep the most probable threats; others become 'over_quota'.

    A concept's quota is `max_per_concept` times its weight, rounded, halves up; one that is not in
    `weights` has weight 1. Of `max_images` each concept gets its share in turn: its second most
    probable image comes after everybody's first (`balance: none`: the most probable of all stay).
    Of equally probable ones those with the lower image_id stay. No quota: no limit.
    """
    scores, concepts = columns[basis(chosen).column], columns["concept"]
    threats = [at for at, code in enumerate(verdict) if code == "threat"]
    threats.sort(key=lambda at: (-scores[at], columns["image_id"][at]))
    seen, turn = Counter[str](), dict[int, float]()
    for at in threats:
        weight = weights.get(concepts[at], 1.0)
        seen[concepts[at]] += 1
        limit = chosen.max_per_concept
        if weight == 0.0 or (limit is not None and seen[concepts[at]] > int(limit * weight + 0.5)):
            verdict[at] = "over_quota"
        else:
            turn[at] = seen[concepts[at]] / weight if chosen.balance == "concept" else 0.0
    if chosen.max_images is not None:
        for at in sorted(turn, key=lambda at: turn[at])[chosen.max_images :]:
            verdict[at] = "over_quota"


def hint(
    columns: Columns, first: Sequence[int], chosen: FilterSection, wanted: Collection[str]
) -> str:
    """What to say when no image is a threat: which threshold would keep how many.

    `first` as in `by_score`: a cluster counts once, by its most probable threat. Images that are
    out of the question count for nothing.
    """
    by = basis(chosen)
    unfit, highest = fitness.unfit(columns, chosen), dict[int, float]()
    rows = zip(columns[by.column], columns["concept"], first, unfit, strict=True)
    for score, concept, cluster, reason in rows:
        if concept in wanted and reason is None:
            highest[cluster] = max(score, highest.get(cluster, score))
    scores = list(highest.values())
    if not scores:
        left_out = sum(reason is not None for reason in unfit)
        why = f" ({left_out} are out for their quality or licence)" if left_out else ""
        return f"filter: no image is nearest to one of filter.concepts{why}: collect more images"
    lower = [value for value in by.hints if value < by.threat_from]
    counts = [(value, sum(score >= value for score in scores)) for value in lower]
    some = [(value, count) for value, count in counts if count]
    alone = [(value, count) for value, count in some if value > by.control_to]
    useful = [f"{value:g} would keep {count}" for value, count in alone or some]
    best = f"no image reaches {by.key} {by.threat_from:g}: the highest of {len(scores)} is "
    advice = ", ".join(useful[:3]) or "Collect more images"
    if by.key != by.control_key and some and not alone:
        advice += f" ({by.control_key}, now {by.control_to:g}, has to be lower than that)"
    return f"{best}{max(scores):.3f}. {advice}"
