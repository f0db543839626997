"""What `caption` says of images: captions with facts, and which are about their picture."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from vsfa_data.tables.shared import IMAGE_ID
from vsfa_data.tables.table import Column, Table

FACTS = pa.struct(
    [
        ("subject", pa.string()),
        ("category", pa.string()),
        ("absent", pa.list_(pa.string())),
        ("colours", pa.list_(pa.string())),
        ("brightness", pa.string()),
        ("orientation", pa.string()),
        ("framing", pa.string()),
        ("background", pa.string()),
        ("subject_colours", pa.list_(pa.string())),
        ("absent_colours", pa.list_(pa.string())),
        ("colour_share", pa.string()),
        ("colour_count", pa.string()),
        ("colour_mode", pa.string()),
        ("tones", pa.string()),
        ("contrast", pa.string()),
        ("texture", pa.string()),
        ("symmetry", pa.string()),
        ("proportions", pa.string()),
        ("brighter_side", pa.string()),
        ("brighter_end", pa.string()),
        ("brightest_part", pa.string()),
        ("busier_side", pa.string()),
        ("top_colour", pa.string()),
        ("bottom_colour", pa.string()),
        ("centre_colour", pa.string()),
        ("subject_tone", pa.string()),
        ("subject_shape", pa.string()),
        ("shapes", pa.string()),
    ]
)
"""What is known of a picture: its main thing, and what the pixels show (docs/ask.md)."""
TOPICS: Final = (
    *("material", "surface", "parts", "count", "position", "relation", "setting", "composition"),
    *("lighting", "writing", "activity", "comparison", "style", "long"),
)
"""What a model in words may be asked about a picture beside its description."""
CAPTIONS = Table(
    "captions",
    "caption",
    "image",
    (
        IMAGE_ID,
        Column("caption", pa.string(), "what the captioner says the picture shows"),
        Column("labels", pa.list_(pa.string()), "things named with confidence, best first"),
        Column("facts", FACTS, "what is known of the picture; a null field is not known"),
        Column(
            "told",
            pa.list_(
                pa.struct([("topic", pa.string()), ("text", pa.string()), ("end", pa.string())])
            ),
            "answers of the captioner: topic, one of TOPICS; text; end, 'stop' or 'length'",
        ),
        Column("worded_by", pa.string(), "'rules' or 'model': who worded caption and answers"),
        Column("captioner", pa.string(), "captioner's name"),
    ),
)
GROUNDED = Table(
    "grounded",
    "ground",
    "image",
    (
        IMAGE_ID,
        Column(
            "better",
            pa.float64(),
            "share of captions of other images that fit it better than its own, 0..1",
            "not judged: its caption is worded by rules, or there are too few others",
        ),
    ),
)
