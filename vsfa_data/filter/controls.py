"""Which neutral image becomes the control of which threat, and what to say if there is none."""

from __future__ import annotations

from typing import Any

from vsfa_data.errors import UserError
from vsfa_data.filter import balance, matching, verdicts
from vsfa_data.filter.fitness import Columns
from vsfa_data.recipe import FilterSection

Report = dict[str, dict[str, float]]
"""Covariate -> standardised mean difference `before` and `after` the matching."""


def partners(
    columns: Columns, verdict: list[str], chosen: FilterSection, seed: int
) -> tuple[dict[int, int], Report]:
    """Row of each matched image -> row of its partner; how alike the two groups are.

    In `verdict`, neutral images that nobody needs become 'not_matched', and threats without a
    control 'no_control' if the recipe rejects those. Raises UserError if there is no control.
    """
    threats = [at for at, code in enumerate(verdict) if code == "threat"]
    neutral = [at for at, code in enumerate(verdict) if code == "control"]
    partner: dict[int, int] = {}
    report: Report = {}
    if chosen.control == "matched":
        if not neutral and chosen.unmatched == "reject":
            raise UserError(_no_control(columns, verdict, chosen))
        found, report = _matched(columns, threats, neutral, seed)
        for at, other in zip(threats, found, strict=True):
            if other >= 0:
                partner[at], partner[neutral[other]] = neutral[other], at
            elif chosen.unmatched == "reject":
                verdict[at] = "no_control"
    for at in neutral:
        if at not in partner:
            verdict[at] = "not_matched"
    return partner, report


def _matched(
    columns: Columns, threats: list[int], neutral: list[int], seed: int
) -> tuple[list[int], Report]:
    both, cut = threats + neutral, len(threats)
    table = {name: [values[at] for at in both] for name, values in columns.items()}
    space, ids = matching.features(table), table["image_id"]
    made = matching.match(space[:cut], space[cut:], (ids[:cut], ids[cut:]), seed)
    names = balance.levels(table).names
    report = {
        name: {"before": round(float(before), 6), "after": round(float(after), 6)}
        for name, before, after in zip(names, made.before, made.after, strict=True)
    }
    found: Any = made.partner.tolist()
    return found, report if neutral else {}


def _no_control(columns: Columns, verdict: list[str], chosen: FilterSection) -> str:
    by = verdicts.basis(chosen)
    between = [
        score
        for score, code in zip(columns[by.column], verdict, strict=True)
        if code == "between_thresholds"
    ]
    key = "filter.max_control_margin" if chosen.uncalibrated else "filter.max_control_threat"
    hint = f"; {key} {min(between):.3f} would keep one" if between else ""
    return (
        f"no image may serve as a control: none is neutral up to {key} {by.control_to:g}{hint}. "
        f"Collect neutral images, or set filter.unmatched=keep or filter.control=none"
    )
