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
    Column("page_url", pa.string(), "web page where the source shows the image", "none is known"),
)

CANDIDATES = Table(
    "candidates",
    "collect",
    "image",
    (
        Column("position", pa.int64(), "place in the order of collection, from 0"),
        *_PROVENANCE,
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
        Column("detail", pa.float64(), "mean luma step between neighbours, 0..1"),
        Column("contrast", pa.float64(), "standard deviation of luma, 0..0.5; 0: one flat colour"),
        Column("sharpness", pa.float64(), "mean luma step, weighted by itself, 0..1; low: blurred"),
        Column("content", pa.float64(), "share of pixels unlike the corners, 0..1"),
        Column("style", pa.string(), "'photo', 'drawing' or 'render', by its grain"),
        Column("mark", pa.binary(128), "what near-duplicates are found by: 128 int8, projected"),
        Column("vector", pa.binary(), "the encoder's vector of the image: float16, length 1"),
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
        Column("question", pa.string(), "neutral question about the picture"),
        Column("answer", pa.string(), "its answer"),
        Column("family", pa.string(), "question family"),
        Column("template_id", pa.string(), "template and wording, as family/number"),
        Column("template_version", pa.string(), "version of the template file"),
        Column("answer_source", pa.string(), "'labels', 'pixels', 'caption' or 'captioner'"),
    ),
)

PAIRS = Table(
    "pairs",
    "balance",
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
    "decoder_hung": "decoding took longer than collect.max_decode_s and was ended",
    "decoder_crashed": "the decoder's process died of it, twice",
    "decoder_out_of_memory": "decoding took more memory than collect.max_pixels pixels need",
    "unreadable": "the file could not be read",
    "missing_file": "the sidecar names it, but it is no plain file of the folder",
    "too_many_bytes": "the file is larger than collect.max_bytes",
    "too_many_pixels": "width x height exceeds collect.max_pixels",
    "too_small": "the shorter side is below collect.min_side_px",
    "too_elongated": "longer / shorter side exceeds collect.max_aspect",
    "duplicate": "the normalised bytes are those of an earlier image",
    "tombstoned": "listed in a tombstone file: it is never to be collected again",
    "license_unknown": "no licence is known and the recipe keeps only licensed images",
    "license_not_allowed": "its licence is none of those that its source's options allow",
    "incomplete_result": "what a search service says of it lacks an identifier or an address",
    "flagged": "the safety checker of the model that made it has blanked it out",
    # collect, archives
    "unsafe_name": "the archive's member has an absolute name, or one that leads out of it",
    "repeated_name": "the archive has a member of this name already",
    "not_a_file": "the archive's member is a link, a device or another special file",
    "bad_metadata": "what should tell the image's licence cannot be understood",
    "archive_unsupported": "the archive's member is encrypted, or packed in a way that is not read",
    "archive_damaged": "the archive cannot be read here; of a tar archive, from here on",
    "archive_bomb": "the archive unpacks to far more than it holds, and is not read on",
    # collect, datasets
    "outside_dataset": "the dataset's row names a file that is not the dataset's own",
    # collect, addresses that are asked for
    "bad_url": "the address is not valid",
    "scheme_not_allowed": "the address is neither http nor https",
    "credentials_in_url": "the address holds a user name or a password",
    "ambiguous_host": "the host is a number in a form that programs read differently",
    "repeated_address": "an earlier row of the list has the same address",
    "port_not_allowed": "the port is below 1024 and not one of the web",
    "address_not_public": "the address, or its host by its name, is one of a private network",
    "name_not_public": "the host's name leads to a private network",
    "address_rebound": "a connection led to a private network though its name did not",
    # collect, connections and replies
    "dns_failure": "the host's name could not be looked up",
    "connection_failed": "no connection, or it broke before the reply",
    "timeout": "no connection, no reply or no whole reply in time",
    "too_slow": "slower than collect.fetch.min_bytes_per_s",
    "host_given_up": "not asked: its host failed too often in a row",
    "http_status": "the server answered with another status than 200",
    "rate_limited": "the server asked for fewer requests or a longer wait than the recipe allows",
    "bad_reply": "the reply is not valid HTTP, or not the JSON that was asked for",
    "bad_encoding": "the reply is compressed in an unknown or broken way",
    "empty_reply": "the reply has no bytes",
    "too_many_redirects": "more redirects than collect.fetch.max_redirects",
    "redirect_loop": "a redirect leads back to where it began",
    "redirect_refused": "a redirect leads nowhere, or from https to http",
    "redirect_not_public": "a redirect leads to a private network",
    "opted_out": "its server reserves it: X-Robots-Tag or TDMRep",
    "robots_disallowed": "its server's robots.txt forbids it",
    # filter
    "between_thresholds": "neither threat (min_threat) nor control (max_control_threat)",
    "other_concept": "a threat, but its concept is not one of filter.concepts",
    "near_duplicate": "another image of the same near-duplicate cluster stands for it",
    "not_matched": "a neutral image that no threat image needed as its control",
    "over_quota": "its concept has its share already",
    "look_alike": "neutral, but nearest to a look-alike of a threat: no control",
    "title_names_threat": "neutral by its score, but its title names a threat: no control",
    "title_names_no_threat": "a threat by its score, but its title names none (filter.titles)",
    "no_control": "a threat for which no neutral image was left as its control",
    "license_policy": "its licence is of no class that filter.licenses allows",
    "blurred": "its sharpness is below filter.min_sharpness",
    "flat": "its contrast is below filter.min_contrast",
    "little_content": "less of it than filter.min_content differs from its background",
    # caption
    "empty_caption": "the captioner said nothing",
    "refused_caption": "the captioner declined to describe the picture",
    "cut_off_caption": "the caption reached caption.max_new_tokens before its end",
    "no_reply": "the captioner's server gave no usable reply for this picture",
    "ungrounded_caption": "too many captions of other images fit it better than its own",
    # ask
    "repeated_question": "the same question was asked of the image already",
    "not_neutral": "question or answer speaks of safety, danger, harm, law, morals or advice",
    "not_neutral_meaning": "the same in other words, as the text encoder sees it",
    "empty_answer": "the answer is empty",
    "too_long_answer": "the answer has more words than ask.max_words",
    "cut_off_answer": "the model's answer reached its length before its end",
    "refused_answer": "the model declined to answer",
    "hedged_answer": "the model is not sure: it guesses, or says that it cannot tell",
    "leaked_prompt": "the answer repeats its instructions, or speaks of itself as a model",
    "markup": "the answer holds tokens or markup that a chat template could take for its own",
    "other_language": "the answer is not in English",
    "repetitive_answer": "the answer says the same again and again",
    "contradicts_labels": "the answer denies what labels or caption name, or the reverse",
    "contradicts_pixels": "the answer names a colour, a light or a format that the pixels rule out",
    "inconsistent_answer": "the answer says another number than the description",
    "implausible_count": "the answer counts more than can be counted at a glance",
    "duplicate_answer": "a model gave the very same answer for another picture",
    "unbalanced": "its counterpart with the opposite answer was rejected",
    "over_budget": "the image has its share of questions: others were kept for balance",
    # release
    "not_released": "release.configs does not list the image's config",
    "no_partner": "its partner in the other config fell away after the selection",
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
