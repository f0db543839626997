"""Every table's columns: type, unit, who writes it, and what null means.

Steps never call each other: they meet in these tables, and nothing else crosses from one step
to the next. A table on disk has exactly the columns listed here, in this order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `null` says what a missing value means; None means that the column is never null.
    """

    name: str
    type: pa.DataType
    meaning: str
    null: str | None = None


@dataclass(frozen=True)
class Table:
    """A table that one stage writes and later stages read.

    `writer` is the name of that stage; `unit` is what one row stands for.
    """

    name: str
    writer: str
    unit: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema: the columns in order, nullable only where null has a meaning."""
        return pa.schema(
            [pa.field(c.name, c.type, nullable=c.null is not None) for c in self.columns]
        )

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    def build(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """An Arrow table of `rows`.

        Raises ValueError if a row lacks a column, has one too many, or a null without meaning.
        """
        names, listed = set(self.names), [dict(row) for row in rows]
        for row in listed:
            if row.keys() != names:
                odd = sorted(names ^ row.keys())
                raise ValueError(f"table '{self.name}': columns {odd} are missing or unknown")
        table = pa.Table.from_pylist(listed, schema=self.schema)
        table.validate(full=True)
        for column in self.columns:
            if column.null is None and table.column(column.name).null_count:
                raise ValueError(f"table '{self.name}': '{column.name}' must not be null")
        return table

    def empty(self) -> pa.Table:
        """This table with no rows."""
        return self.schema.empty_table()


IMAGE_ID = Column("image_id", pa.string(), "sha256 (hex) of the normalised image bytes")

_PROVENANCE = (
    Column("source", pa.string(), "name of the image source, as in the recipe"),
    Column("source_ref", pa.string(), "where the source has it: relative path, address or id"),
    Column("license", pa.string(), "licence of this image (SPDX id where one exists)", "unknown"),
    Column("license_url", pa.string(), "address of the licence's text", "unknown"),
    Column("attribution", pa.string(), "whom to credit", "unknown"),
    Column("title", pa.string(), "the source's title for the image", "unknown"),
)

CANDIDATES = Table(
    "candidates",
    "collect",
    "image",
    (
        Column("position", pa.int64(), "place in the order of collection, from 0"),
        *_PROVENANCE,
        Column("path", pa.binary(), "local file to read, as os.fsencode", "the bytes are given"),
        Column("data", pa.large_binary(), "encoded image bytes, untrusted", "to be read"),
    ),
)

IMAGES = Table(
    "images",
    "collect",
    "image",
    (
        IMAGE_ID,
        Column("position", pa.int64(), "place in the order of collection, from 0"),
        Column("image", pa.large_binary(), "normalised image file: PNG or JPEG, sRGB, no metadata"),
        Column("format", pa.string(), "'png' or 'jpeg': how `image` is encoded"),
        Column("width", pa.int32(), "pixels"),
        Column("height", pa.int32(), "pixels"),
        Column("phash", pa.string(), "64-bit perceptual hash, 16 hex digits"),
        *_PROVENANCE,
    ),
)

UNIQUE = Table(
    "unique",
    "dedupe",
    "image",
    (IMAGE_ID, Column("position", pa.int64(), "place in the order of collection, from 0")),
)

SCORES = Table(
    "scores",
    "score",
    "image",
    (
        IMAGE_ID,
        Column("concept", pa.string(), "threat concept nearest to the image"),
        Column("concept_score", pa.float64(), "its cosine with the image, -1..1"),
        Column("neutral_concept", pa.string(), "neutral concept or look-alike nearest to it"),
        Column("margin", pa.float64(), "concept_score less the neutral concept's cosine, -2..2"),
        Column("threat_score", pa.float64(), "calibrated probability of a threat", "uncalibrated"),
        Column("aspect", pa.float64(), "width / height"),
        Column("brightness", pa.float64(), "mean luma of the picture, 0..1"),
        Column("colourfulness", pa.float64(), "Hasler and Suesstrunk 2003, 0 (gray) to about 110"),
        Column("detail", pa.float64(), "mean absolute luma gradient, 0..1"),
    ),
)

SELECTION = Table(
    "selection",
    "select",
    "image",
    (
        IMAGE_ID,
        Column("config", pa.string(), "'threat' or 'control'"),
        Column(
            "match_id", pa.string(), "image_id of the partner in the other config", "no partner"
        ),
        Column("cluster_id", pa.string(), "near-duplicate cluster: image_id of its first image"),
    ),
)

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
    ]
)

CAPTIONS = Table(
    "captions",
    "caption",
    "image",
    (
        IMAGE_ID,
        Column("caption", pa.string(), "what the captioner says the picture shows"),
        Column("labels", pa.list_(pa.string()), "things named with confidence, best first"),
        Column("facts", FACTS, "what is known of the picture; a null field is not known"),
        Column("captioner", pa.string(), "captioner's name"),
    ),
)

PAIRS = Table(
    "pairs",
    "ask",
    "pair",
    (
        IMAGE_ID,
        Column("turn", pa.int32(), "place in the image's conversation, from 0"),
        Column("question", pa.string(), "neutral question about the picture"),
        Column("answer", pa.string(), "its answer"),
        Column("family", pa.string(), "question family"),
        Column("template_id", pa.string(), "template and wording, as family/number"),
        Column("template_version", pa.string(), "version of the template file"),
        Column("answer_source", pa.string(), "'labels', 'pixels', 'caption' or 'captioner'"),
    ),
)

PUBLISHED: Final = (
    Column("image", pa.binary(), "the picture"),
    IMAGE_ID,
    Column("messages", pa.null(), "the conversation: turns of role and content, picture first"),
    Column("qa", pa.null(), "the same pairs one by one, with the template each one came from"),
    Column("caption", pa.string(), "what the captioner says the picture shows"),
    Column("labels", pa.null(), "things that the captioner names with confidence, best first"),
    *SCORES.columns[1:3],
    Column("threat_score", pa.float64(), "calibrated probability of a threat", "uncalibrated"),
    *_PROVENANCE,
    Column("width", pa.int32(), "pixels"),
    Column("height", pa.int32(), "pixels"),
    Column("phash", pa.string(), "64-bit perceptual hash, 16 hex digits"),
    SELECTION.columns[3],
    SELECTION.columns[2],
)
"""Meaning of the published columns, in order; their types stand in `release/rows.py`."""

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

REASONS: Mapping[str, str] = {
    # collect
    "not_an_image": "the bytes are no image of an allowed format",
    "truncated": "the file ends too early",
    "undecodable": "the decoder failed",
    "unreadable": "the file could not be read",
    "too_many_bytes": "the file is larger than collect.max_bytes",
    "too_many_pixels": "width x height exceeds collect.max_pixels",
    "too_small": "the shorter side is below collect.min_side_px",
    "too_elongated": "longer / shorter side exceeds collect.max_aspect",
    "duplicate": "the normalised bytes are those of an earlier image",
    "license_unknown": "no licence is known and the recipe keeps only licensed images",
    # filter
    "between_thresholds": "neither threat (min_threat) nor control (max_control_threat)",
    "other_concept": "a threat, but its concept is not one of filter.concepts",
    "near_duplicate": "another image of the same near-duplicate cluster stands for it",
    "not_matched": "a neutral image that no threat image needed as its control",
    "over_quota": "its concept has its share already",
    # caption
    "empty_caption": "the captioner said nothing",
    # ask
    "repeated_question": "the same question was asked of the image already",
    "not_neutral": "question or answer speaks of safety, danger, harm, law, morals or advice",
    "empty_answer": "the answer is empty",
    "unbalanced": "its counterpart with the opposite answer was rejected",
    # release
    "not_released": "release.configs does not list the image's config",
    "no_pairs": "no question and answer of the image was kept",
}
"""Every reason code there is, with its meaning. A reject with another code is a bug."""


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
