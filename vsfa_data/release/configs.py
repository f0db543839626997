"""The four configs of a release: two hold pictures, two are made of what those hold.

threat   threat-related pictures
control  neutral pictures
text     the conversations of `threat`, each opened by the caption instead of the picture
mixed    each conversation of `threat` once: one half of them, drawn by hash, with the picture,
         the other half with the caption. It has no file of its own: what `threat` and `text`
         store of a split lies in files of one half each, and `mixed` lists one half of either.
"""

from __future__ import annotations

from typing import Final, Literal

import pyarrow as pa

from vsfa_data.release.rows import SCHEMA, Row, conversation
from vsfa_data.release.splits import draw

Name = Literal["threat", "control", "text", "mixed"]

PICTURES: Final = ("threat", "control")
"""Configs with a picture in every row: each picture of a release is a row of one of them."""
TEXT: Final = "text"
MIXED: Final = "mixed"
BASE: Final = "threat"
"""What `text` and `mixed` are made of."""
HALF_OF_MIXED: Final = {BASE: 0, TEXT: 1}
"""Which half of its rows a config lends to `mixed`."""

_TEXT_SCHEMA: Final = pa.schema([field for field in SCHEMA if field.name != "image"])


def schema(config: str) -> pa.Schema:
    """Columns of a config's own files."""
    return _TEXT_SCHEMA if config == TEXT else SCHEMA


def half(seed: int, image_id: str) -> int:
    """Whether `mixed` shows this picture (0) or its caption (1); adding images changes none."""
    return int(draw(seed, image_id, "mixed") >= 0.5)


def as_text(row: Row) -> Row:
    """A row of `text`: as the one given, but the caption opens the conversation."""
    messages = conversation(row["qa"])
    messages[0]["content"] = f"{row['caption']}\n\n{messages[0]['content']}"
    made = row | {"messages": messages}
    return {name: made[name] for name in _TEXT_SCHEMA.names}
