"""What `ask` makes of them: pairs that were asked, and those that are kept."""

from __future__ import annotations

import pyarrow as pa

from vsfa_data.tables.shared import IMAGE_ID
from vsfa_data.tables.table import Column, Table

_PAIR = (
    Column("question", pa.string(), "neutral question about the picture"),
    Column("answer", pa.string(), "its answer"),
    Column("family", pa.string(), "question family"),
    Column("template_id", pa.string(), "template and wording, as family/number"),
    Column("template_version", pa.string(), "version of the template file"),
    Column("answer_source", pa.string(), "'labels', 'pixels', 'caption' or 'captioner'"),
)

ASKED = Table(
    "asked",
    "ask",
    "pair",
    (
        IMAGE_ID,
        Column("unit", pa.int32(), "pairs of one number are kept together; 0 is wanted most"),
        Column("after", pa.int32(), "unit whose question it follows up", "it follows none"),
        Column("after_id", pa.string(), "template_id of that question", "it follows none"),
        Column("about", pa.list_(pa.string()), "facts that question and answer are about"),
        Column("group", pa.string(), "group of its family"),
        Column("free", pa.bool_(), "whether a model worded the answer"),
        Column("opener", pa.bool_(), "whether a conversation may open with it"),
        Column("weight", pa.float64(), "how often its family is wanted, 1: as often as others"),
        *_PAIR,
    ),
)
PAIRS = Table(
    "pairs",
    "balance",
    "pair",
    (
        IMAGE_ID,
        Column("turn", pa.int32(), "place in the image's conversation, from 0"),
        *_PAIR,
    ),
)
