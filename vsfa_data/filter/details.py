"""What is said of an image beside the reason why it was not selected: the figures that decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vsfa_data.filter.fitness import LEAST, Columns
from vsfa_data.words.license_class import license_class

_SHOWN: Final = {
    "between_thresholds": ("{by}", "concept"),
    "other_concept": ("{by}", "concept"),
    "over_quota": ("{by}", "concept"),
    "title_names_no_threat": ("{by}", "concept"),
    "look_alike": ("{by}", "neutral_concept"),
    "not_matched": ("{by}",),
    **{reason: (column,) for reason, column, _ in LEAST},
}
"""Reason code -> columns of SCORES to show; {by}: what images are judged by."""


def of(columns: Columns, verdict: Sequence[str], by: str) -> list[str | None]:
    """The detail of each row, as in 'threat_score 0.412, concept blades'; None: nothing to add.

    `columns` have `cluster_id`, and `title_term` (`titles.named`); `by` is the one that images are
    judged by.
    """
    clusters = columns["cluster_id"]
    stands = {clusters[at]: at for at, code in enumerate(verdict) if code != "near_duplicate"}
    return [
        f"of {columns['image_id'][stands[clusters[at]]]}"
        if code == "near_duplicate"
        else _said(code, columns, at, by)
        for at, code in enumerate(verdict)
    ]


def _said(code: str, columns: Columns, at: int, by: str) -> str | None:
    if code == "title_names_threat":
        return f"the title says '{columns['title_term'][at]}'"
    if code == "license_policy":
        name = columns["license"][at]
        return f"{name or 'no licence'} ({license_class(name)})"
    names = [by if name == "{by}" else name for name in _SHOWN.get(code, ())]
    return ", ".join(f"{name} {_shown(columns[name][at])}" for name in names) or None


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.3f}"
