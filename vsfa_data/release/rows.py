"""One published row per image: the tables of a shard, joined by image_id."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.errors import CountError
from vsfa_data.release.ahead import Ahead
from vsfa_data.stages import Shard

if TYPE_CHECKING:
    from datasets import Features

Row = dict[str, Any]

_PROVENANCE: Final = (
    *("source", "source_ref", "license", "license_url", "attribution", "title", "page_url"),
)
_REST: Final = (*_PROVENANCE, "width", "height", "phash")
_SCORES: Final = ("concept", "concept_score", "threat_score")
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
_NAMES: Final = SCHEMA.names
_AHEAD_BYTES: Final = 2**26
"""So much is read ahead: pictures of half a row group of photographs, for all files at once."""


@dataclass(frozen=True)
class Member:
    """An image that is published: where it goes, and who its partner there is.

    `position` says which of the images with these bytes it is. `match_id` is the partner's image_id
    in the other config; None if no partner is published.
    """

    config: str
    split: str
    cluster_id: str
    match_id: str | None
    position: int


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
    images = shard.pieces(tables.IMAGES, ("image_id", "image", "position", *_REST))
    with Ahead(images, _AHEAD_BYTES, lambda piece: piece.nbytes) as pieces:
        scores = _by_image(shard, tables.SCORES, _SCORES, members)
        pairs = _pairs(shard, members)
        listed = itertools.chain.from_iterable(map(_with_views, pieces))
        for image_id, picture, position, *rest in listed:
            # Another image with the same bytes is no row: its licence may be another.
            if image_id not in captions or members[image_id].position != position:
                continue
            caption = captions.pop(image_id)
            if image_id not in scores or image_id not in pairs:
                raise CountError(f"image {image_id}: it is published but has no score or no pair")
            qa, member = pairs[image_id], members[image_id]
            # With a path beside the bytes, `datasets` would look for a file of that name first.
            values = ({"bytes": picture, "path": None}, image_id, conversation(qa), qa)
            partners = (member.cluster_id, member.match_id)
            known = (*values, *caption, *scores[image_id], *rest, *partners)
            yield member, dict(zip(_NAMES, known, strict=True))
    if captions:
        raise CountError(f"image {min(captions)}: it is published but its shard does not hold it")


def _with_views(images: pa.Table) -> Iterator[tuple[Any, ...]]:
    """image_id, picture, position and _REST of each image; pictures are views of Arrow's memory."""
    for batch in images.to_batches():
        pictures = batch.column("image")
        _, ends, data = pictures.buffers()
        # Cheaper than a scalar of Arrow's for each: 64-bit ends, as in every shard of images.
        places = memoryview(ends).cast("q")[pictures.offset :][: len(pictures) + 1].tolist()
        view = memoryview(data).cast("B") if data is not None else memoryview(b"")
        views = [view[start:end] for start, end in itertools.pairwise(places)]
        rest = [batch.column(name).to_pylist() for name in ("position", *_REST)]
        yield from zip(batch.column("image_id").to_pylist(), views, *rest, strict=True)


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


def _by_image(
    shard: Shard, table: tables.Table, names: Sequence[str], wanted: Mapping[str, Member]
) -> dict[str, tuple[Any, ...]]:
    """Values of `names`, of the images that are wanted."""
    ids, *values = _values(shard, table, ("image_id", *names))
    rows = zip(ids, zip(*values, strict=True), strict=True)
    return {image_id: row for image_id, row in rows if image_id in wanted}


def _pairs(shard: Shard, wanted: Mapping[str, Member]) -> dict[str, list[dict[str, str]]]:
    turns, ids, *values = _values(shard, tables.PAIRS, ("turn", "image_id", *PAIR))
    rows = list(zip(*values, strict=True))
    asked: dict[str, list[dict[str, str]]] = {}
    for number in sorted(range(len(turns)), key=turns.__getitem__):
        if ids[number] in wanted:
            pair = dict(zip(PAIR, rows[number], strict=True))
            asked.setdefault(ids[number], []).append(pair)
    return asked


def _values(shard: Shard, table: tables.Table, names: Sequence[str]) -> list[list[Any]]:
    """Columns as lists: several times as fast as rows as dicts."""
    read = shard.read(table, names)
    return [read.column(name).to_pylist() for name in names]
