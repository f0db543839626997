"""What a stage rejects: a row each, with its reason."""

from __future__ import annotations

import pyarrow as pa

from vsfa_data.tables.reasons import REASONS
from vsfa_data.tables.table import Column, Table

REJECTS = Table(
    "rejects",
    "every stage",
    "image or pair",
    (
        Column("step", pa.string(), "step that rejected it"),
        Column("reason", pa.string(), "reason code, one of REASONS"),
        Column("image_id", pa.string(), "sha256 of the normalised bytes", "never normalised"),
        Column("source_ref", pa.string(), "where the source has it", "a pair, or not needed"),
        Column("detail", pa.string(), "what was found, for a reader", "the code says it all"),
    ),
)


def reject(
    step: str,
    reason: str,
    *,
    image_id: str | None = None,
    source_ref: str | None = None,
    detail: str | None = None,
) -> dict[str, str | None]:
    """One row of REJECTS. Raises ValueError for a reason that is not in REASONS."""
    if reason not in REASONS:
        raise ValueError(f"unknown reason code '{reason}'")
    return {
        "step": step,
        "reason": reason,
        "image_id": image_id,
        "source_ref": source_ref,
        "detail": detail,
    }
