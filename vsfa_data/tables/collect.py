"""What `collect` lists and keeps: candidates, images, and those of them that are unique."""

from __future__ import annotations

import pyarrow as pa

from vsfa_data.tables.shared import IMAGE_ID, POSITION, PROVENANCE
from vsfa_data.tables.table import Column, Table

CANDIDATES = Table(
    "candidates",
    "collect",
    "image",
    (
        POSITION,
        *PROVENANCE,
        Column("path", pa.binary(), "local file to read, as os.fsencode", "no file yet, or never"),
        Column("data", pa.large_binary(), "encoded image bytes, untrusted", "to be read"),
        Column("url", pa.string(), "address to fetch, untrusted", "not from an address"),
        Column("made_from", pa.string(), "what its source makes it from", "it is there already"),
        Column("maker", pa.int32(), "which of the recipe's sources makes it, from 0", "none"),
        Column("reason", pa.string(), "why it cannot be had, one of REASONS", "it can"),
        Column("detail", pa.string(), "what was found, for a reader", "the code says it all"),
    ),
)
IMAGES = Table(
    "images",
    "collect",
    "image",
    (
        IMAGE_ID,
        POSITION,
        Column("image", pa.large_binary(), "normalised image file: PNG or JPEG, sRGB, no metadata"),
        Column("format", pa.string(), "'png' or 'jpeg': how `image` is encoded"),
        Column("width", pa.int32(), "pixels"),
        Column("height", pa.int32(), "pixels"),
        Column("phash", pa.string(), "64-bit perceptual hash, 16 hex digits"),
        *PROVENANCE,
    ),
)
UNIQUE = Table(
    "unique",
    "dedupe",
    "image",
    (IMAGE_ID, POSITION),
)
