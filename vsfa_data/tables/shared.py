"""Columns that stand in more than one table."""

from __future__ import annotations

import pyarrow as pa

from vsfa_data.tables.table import Column

IMAGE_ID = Column("image_id", pa.string(), "sha256 (hex) of the normalised image bytes")
POSITION = Column("position", pa.int64(), "place in the order of collection, from 0")

PROVENANCE = (
    Column("source", pa.string(), "name of the image source, as in the recipe"),
    Column("source_ref", pa.string(), "where the source has it: relative path, address or id"),
    Column("license", pa.string(), "licence of this image (SPDX id where one exists)", "unknown"),
    Column("license_url", pa.string(), "address of the licence's text", "unknown"),
    Column("attribution", pa.string(), "whom to credit", "unknown"),
    Column("title", pa.string(), "the source's title for the image", "unknown"),
    Column("page_url", pa.string(), "web page where the source shows the image", "none is known"),
)
