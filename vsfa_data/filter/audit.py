"""A sample of what was rejected, drawn by lot, so that people can see what the filter misses."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Any, Final

COLUMNS: Final = (
    "image_id", "source", "source_ref", "reason", "concept", "concept_score", "threat_score",
    "neutral_concept", "label",
)  # fmt: skip
"""`label` is empty: it is for who looks at the picture."""
KEPT: Final = ("threat", "control")
NAME: Final = "audit.csv"
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def table(columns: dict[str, list[Any]], verdict: Sequence[str], seed: int, count: int) -> bytes:
    """A CSV file of `count` rejected rows (all, if there are fewer), in the order of their lots.

    Every rejected image has the same chance, but near-duplicates have none: another image stands
    for them. Lots depend on `seed` and image_id alone.
    """
    out = [at for at, code in enumerate(verdict) if code not in (*KEPT, "near_duplicate")]
    out.sort(key=lambda at: _lot(seed, columns["image_id"][at]))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for at in out[:count]:
        row: dict[str, Any] = {"reason": verdict[at], "label": ""}
        row |= {name: _plain(columns[name][at]) for name in COLUMNS if name in columns}
        writer.writerow(row)
    return text.getvalue().encode()


def _lot(seed: int, image_id: str) -> str:
    return hashlib.sha256(f"{seed}:audit:{image_id}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, as in LICENSES.csv."""
    is_formula = isinstance(value, str) and value.lstrip(" \u00a0").startswith(_FORMULA)
    return f"'{value}" if is_formula else value
