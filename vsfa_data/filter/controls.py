"""Which neutral image becomes the control of which threat, and what to say if there is none."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.filter import balance, concepts, matching, verdicts
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
    # In an order of their own: sums, and what of equals is taken, would differ with another.
    order = sorted(range(len(verdict)), key=columns["image_id"].__getitem__)
    threats = [at for at in order if verdict[at] == "threat"]
    neutral = [at for at in order if verdict[at] == "control"]
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
    by, count = verdicts.basis(chosen), Counter(verdict)
    alike = concepts.load(chosen.concept_set).look_alikes
    titles = columns["title_term"] if chosen.titles != "ignore" else [None] * len(verdict)
    rows = zip(columns[by.column], verdict, columns["neutral_concept"], titles, strict=True)
    next_best = [
        score
        for score, code, neutral, term in rows
        if code == "between_thresholds" and neutral not in alike and term is None
    ]
    key = by.control_key
    hint = f"; {key} {_up(min(next_best), by.threat_from)} would keep one" if next_best else ""
    out = [f"{count[code]} {code}" for code in _BARRED if count[code]]
    but = f" but what is rejected otherwise ({', '.join(out)})" if out else ""
    return (
        f"no image may serve as a control: none is neutral up to {key} {by.control_to:g}{but}"
        f"{hint}. Collect neutral images, or set filter.unmatched=keep or filter.control=none"
    )


_BARRED: Final = ("look_alike", "title_names_threat")
"""Reasons why an image is no control whose score would do."""


def _up(score: float, below: float) -> str:
    """A bound that lets the score in: in three decimals, if that is `below`."""
    found = Decimal(str(score)).quantize(Decimal("0.001"), ROUND_CEILING)
    return str(found) if found < below else str(score)
