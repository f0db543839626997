"""The columns of the published dataset."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from vsfa_data.tables.filter import SCORES, SELECTION
from vsfa_data.tables.shared import IMAGE_ID, PROVENANCE
from vsfa_data.tables.table import Column

PUBLISHED: Final = (
    Column("image", pa.binary(), "the picture"),
    IMAGE_ID,
    Column("messages", pa.null(), "the conversation: turns of role and content, picture first"),
    Column("qa", pa.null(), "the same pairs one by one, with the template each one came from"),
    Column("caption", pa.string(), "what the captioner says the picture shows"),
    Column("labels", pa.null(), "things that the captioner names with confidence, best first"),
    *SCORES.columns[1:3],
    Column("threat_score", pa.float64(), "calibrated probability of a threat", "uncalibrated"),
    *PROVENANCE,
    Column("width", pa.int32(), "pixels"),
    Column("height", pa.int32(), "pixels"),
    Column("phash", pa.string(), "64-bit perceptual hash, 16 hex digits"),
    SELECTION.columns[3],
    SELECTION.columns[2],
)
"""Meaning of the published columns, in order; their types stand in `release/rows.py`."""
