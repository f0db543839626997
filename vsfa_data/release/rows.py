"""One published row per image: the tables of a shard, joined by image_id."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.errors import CountError
from vsfa_data.stages import Shard

if TYPE_CHECKING:
    from datasets import Features

Row = dict[str, Any]

_PROVENANCE: Final = (
    *("source", "source_ref", "license", "license_url", "attribution", "title", "page_url"),
)
_REST: Final = (*_PROVENANCE, "width", "height", "phash")
PAIR: Final = (
    "question",
    "answer",
    "family",
    "template_id",
    "template_version",
    "answer_source",
)
"""What is published of a question with its answer."""
_TEXT: Final = pa.string()
_MESSAGE: Final = pa.struct([("role", _TEXT), ("content", _TEXT)])

SCHEMA: Final = pa.schema(
    [
        ("image", pa.struct([("bytes", pa.binary()), ("path", _TEXT)])),
        ("image_id", _TEXT),
        ("messages", pa.list_(_MESSAGE)),
        ("qa", pa.list_(pa.struct([(name, _TEXT) for name in PAIR]))),
        ("caption", _TEXT),
        ("labels", pa.list_(_TEXT)),
        ("concept", _TEXT),
        ("concept_score", pa.float64()),
        ("threat_score", pa.float64()),
        *((name, _TEXT) for name in _PROVENANCE),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("phash", _TEXT),
        ("cluster_id", _TEXT),
        ("match_id", _TEXT),
    ]
)
"""The published columns, in order, as Arrow stores them."""


@dataclass(frozen=True)
class Member:
    """An image that is published: where it goes, and who its partner there is.

    `match_id` is the partner's image_id in the other config; None if no partner is published.
    """

    config: str
    split: str
    cluster_id: str
    match_id: str | None


def features(schema: pa.Schema = SCHEMA) -> Features:
    """Columns as `datasets` spells them: `image` shows as a picture, not as bytes."""
    from datasets import Features, Image, List, Value

    def feature(kind: pa.DataType) -> Any:
        if pa.types.is_list(kind):
            return List(feature(kind.value_type))
        if pa.types.is_struct(kind):
            return {field.name: feature(field.type) for field in kind}
        return Value(str(kind).replace("double", "float64"))

    return Features({f.name: Image() if f.name == "image" else feature(f.type) for f in schema})


def join(shard: Shard, members: Mapping[str, Member]) -> Iterator[tuple[Member, Row]]:
    """Rows of those images of `shard` that are `members`, in the order of the images table.

    `row["image"]["bytes"]` is a view of memory that holds other pictures too.

    Raises CountError if a table lacks one of them: steps before this one have lost it.
    """
    captions = _by_image(shard, tables.CAPTIONS, ("caption", "labels"), members)
    if not captions:
        return
    scores = _by_image(shard, tables.SCORES, ("concept", "concept_score", "threat_score"), members)
    pairs = _pairs(shard, members)
    left = set(captions)
    for piece in shard.pieces(tables.IMAGES, ("image_id", "image", *_REST)):
        for image in _with_views(piece, left):
            image_id = image["image_id"]
            left.discard(image_id)
            if image_id not in scores or image_id not in pairs:
                raise CountError(f"image {image_id}: it is published but has no score or no pair")
            known = captions[image_id] | scores[image_id] | image
            yield members[image_id], _row(known, pairs[image_id], members[image_id])
    if left:
        raise CountError(f"image {min(left)}: it is published but its shard does not hold it")


def _with_views(images: pa.Table, wanted: Container[str]) -> Iterator[Row]:
    """Rows of the images that are `wanted`; their bytes are views of what Arrow has read."""
    pictures = images.column("image")
    for number, row in enumerate(images.select(["image_id", *_REST]).to_pylist()):
        if row["image_id"] in wanted:
            yield row | {"image": memoryview(pictures[number].as_buffer()).cast("B")}


def conversation(qa: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Alternating turns of user and assistant, plain strings.

    The form that TRL and transformers take beside an `image` column: the picture belongs to
    the first user turn, where they put it by themselves.
    """
    return [
        {"role": role, "content": pair[key]}
        for pair in qa
        for role, key in (("user", "question"), ("assistant", "answer"))
    ]


def _row(known: Mapping[str, Any], qa: list[dict[str, str]], member: Member) -> Row:
    made = {
        # With a path beside the bytes, `datasets` would look for a file of that name first.
        "image": {"bytes": known["image"], "path": None},
        "messages": conversation(qa),
        "qa": qa,
        "cluster_id": member.cluster_id,
        "match_id": member.match_id,
    }
    return {name: made[name] if name in made else known[name] for name in SCHEMA.names}


def _by_image(
    shard: Shard, table: tables.Table, names: Sequence[str], wanted: Mapping[str, Member]
) -> dict[str, Row]:
    read = shard.read(table, ["image_id", *names])
    return {row["image_id"]: row for row in read.to_pylist() if row["image_id"] in wanted}


def _pairs(shard: Shard, wanted: Mapping[str, Member]) -> dict[str, list[dict[str, str]]]:
    read = shard.read(tables.PAIRS, ["image_id", "turn", *PAIR])
    asked: dict[str, list[dict[str, str]]] = {}
    for row in sorted(read.to_pylist(), key=lambda row: int(row["turn"])):
        if row["image_id"] in wanted:
            asked.setdefault(row["image_id"], []).append({name: row[name] for name in PAIR})
    return asked
