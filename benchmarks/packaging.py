"""Tables of a build around given pictures, without a build: what `package` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from vsfa_data import recipe, tables
from vsfa_data.files.parquet import as_parquet
from vsfa_data.recipe import Recipe
from vsfa_data.stages import Shard

PAIRS = 5
SHARD_ROWS = 1_000
_FILLER = {"string": "x", "fixed_size_binary[128]": bytes(128)}


def shards(folder: Path, pictures: Iterable[bytes]) -> list[Shard]:
    """Every picture captioned, scored, asked five questions; every second one a control."""
    made: list[Shard] = []
    left = enumerate(pictures)
    while part := list(islice(left, SHARD_ROWS)):
        number = len(made)
        files = {}
        for table, listed in _tables(part).items():
            files[table.name] = folder / f"{table.name}-{number:05d}.parquet"
            files[table.name].write_bytes(as_parquet(table.build(listed)))
        made.append(Shard(number, files))
    return made


def quickstart(**release: Any) -> Recipe:
    """The shipped recipe, publishing the two configs of pictures."""
    made = recipe.load("quickstart", ["release.configs=[threat, control]"])
    return made.model_copy(update={"release": made.release.model_copy(update=release)})


def funnel(images: int) -> dict[str, Any]:
    """Steps before the release in which nothing was rejected."""
    step = {"unit": "images", "in": images, "kept": images, "rejected": {}}
    pairs = images * PAIRS
    return dict.fromkeys(("collect", "filter", "caption"), step) | {
        "ask": {"unit": "pairs", "in": pairs, "kept": pairs, "rejected": {}}
    }


def _tables(part: Iterable[tuple[int, bytes]]) -> dict[tables.Table, list[dict[str, Any]]]:
    rows: dict[tables.Table, list[dict[str, Any]]] = {}
    for number, data in part:
        image_id = hashlib.sha256(data).hexdigest()
        for table, row in _rows(number, image_id, data):
            rows.setdefault(table, []).append({"image_id": image_id} | row)
    return rows


def _rows(number: int, image_id: str, data: bytes) -> Iterator[tuple[tables.Table, dict[str, Any]]]:
    name = image_id[:12]
    provenance: dict[str, Any] = {
        "source": "folder",
        "source_ref": f"{name}.jpg",
        "license": "CC0-1.0",
    }
    provenance |= dict.fromkeys(("license_url", "attribution", "title", "page_url"))
    size = {"width": 500, "height": 375, "format": "jpeg", "phash": image_id[16:32]}
    yield tables.IMAGES, {"position": number, "image": data, **size, **provenance}
    config = ("threat", "control")[int(image_id, 16) % 2]
    told = {"config": config, "match_id": None, "cluster_id": image_id}
    yield tables.SELECTION, {"position": number, **told}
    yield (
        tables.SCORES,
        _known(tables.SCORES, concept="blades", concept_score=0.3, mark=b"m" * 128, vector=b"v"),
    )
    caption = f"A picture of thing {name} on a plain background."
    facts = dict.fromkeys(field.name for field in tables.FACTS)
    yield (
        tables.CAPTIONS,
        {
            "caption": caption,
            "labels": ["thing"],
            "facts": facts,
            "told": [],
            "worded_by": "rules",
            "captioner": "embedded",
        },
    )
    yield tables.GROUNDED, {"better": None}
    for turn in range(PAIRS):
        known = {"question": f"What is shown in part {turn}?", "answer": f"{caption} Part {turn}."}
        yield tables.PAIRS, _known(tables.PAIRS, turn=turn, family="object", **known)


def _known(table: tables.Table, **values: Any) -> dict[str, Any]:
    return {
        column.name: values.get(column.name, _FILLER.get(str(column.type), 0.5))
        for column in table.columns
        if column.name != "image_id"
    }
