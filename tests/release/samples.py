"""Finished tables of a small build, around the real pictures that ship with the toolkit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pyarrow as pa
from PIL import Image

from vsfa_data import resources, tables
from vsfa_data.recipe import (
    AskSection,
    CaptionSection,
    CollectSection,
    FilterSection,
    Recipe,
    ReleaseSection,
    SourceSection,
    SplitSection,
)
from vsfa_data.stages import Shard

HOSTILE = '=HYPERLINK("x")|<script>alert(1)</script>\n---\n# [a](javascript:x) `b` {{ 7*7 }} \u202e'


class FolderSource(SourceSection):
    path: str


class FolderCollect(CollectSection):
    sources: tuple[FolderSource, ...]


class SampleRecipe(Recipe):
    collect: FolderCollect


def recipe(**release: Any) -> SampleRecipe:
    """A recipe whose source lies at an absolute path, with equal shares for all splits."""
    shares = SplitSection(train=0.5, validation=0.25, test=0.25)
    given = {"license": "cc0-1.0", "pretty_name": "Sample: a release", "splits": shares}
    return SampleRecipe(
        name="sample",
        version="1.2.3",
        description="A few pictures, for tests",
        seed=7,
        collect=FolderCollect(
            sources=(FolderSource(source="folder", path="/home/somebody/pictures"),)
        ),
        filter=FilterSection(encoder="embedded"),
        caption=CaptionSection(captioner="embedded"),
        ask=AskSection(pairs_per_image=2),
        release=ReleaseSection(**(given | release)),
    )


@dataclass
class Picture:
    """One image with all that the steps before release know of it."""

    data: bytes
    config: str
    match_id: str | None = None
    cluster_id: str | None = None
    pairs: int = 2
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def image_id(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def cluster(self) -> str:
        return self.cluster_id or self.image_id


def pictures(count: int) -> list[Picture]:
    """`count` matched couples of real pictures: threat, control, threat, control, ..."""
    files = sorted((resources.PACKAGE / "sample" / "images").iterdir())[: 2 * count]
    assert len(files) == 2 * count
    listed = [
        Picture(file.read_bytes(), ("threat", "control")[number % 2])
        for number, file in enumerate(files)
    ]
    for threat, control in zip(listed[::2], listed[1::2], strict=True):
        threat.match_id, control.match_id = control.image_id, threat.image_id
    return listed


def drawn(number: int) -> bytes:
    """A small PNG that no other number gives."""
    out = BytesIO()
    Image.new("RGB", (32, 24), (number % 256, number // 256, 90)).save(out, "PNG")
    return out.getvalue()


def make_tables(listed: Sequence[Picture], first: int = 0) -> dict[str, pa.Table]:
    """The five tables that release reads, for one shard."""
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("images", "selection", "scores", "captions", "grounded", "pairs")
    }
    for number, picture in enumerate(listed, first):
        for name, row in _rows(picture, number).items():
            rows[name].append({"image_id": picture.image_id} | row)
        rows["pairs"] += [
            {"image_id": picture.image_id} | _pair(number, turn)
            for turn in reversed(range(picture.pairs))
        ]
    known = (
        *(tables.IMAGES, tables.SELECTION, tables.SCORES, tables.CAPTIONS, tables.GROUNDED),
        tables.PAIRS,
    )
    return {table.name: table.build(rows[table.name]) for table in known}


def make_shards(
    make_shard: Callable[..., Shard], listed: Sequence[Picture], size: int = 5
) -> list[Shard]:
    """Shards of `size` pictures each."""
    return [
        make_shard(index, **make_tables(listed[start : start + size], start))
        for index, start in enumerate(range(0, len(listed), size))
    ]


def funnel(images: int, pairs: int) -> dict[str, Any]:
    """Steps before release that add up, with `images` captioned."""
    return {
        "collect": {
            "unit": "images",
            "in": images + 3,
            "kept": images + 1,
            "rejected": {"duplicate": 1, "too_small": 1},
        },
        "filter": {
            "unit": "images",
            "in": images + 1,
            "kept": images,
            "rejected": {"near_duplicate": 1},
        },
        "caption": {"unit": "images", "in": images, "kept": images, "rejected": {}},
        "ask": {"unit": "pairs", "in": pairs + 1, "kept": pairs, "rejected": {"not_neutral": 1}},
    }


IDENTITIES = {
    "encoder": "embedded 1 sha256:9656183e",
    "captioner": "local-dir:/home/somebody/models/tower sha256:53aa5117",
}


def _rows(picture: Picture, number: int) -> dict[str, dict[str, Any]]:
    with Image.open(BytesIO(picture.data)) as opened:
        width, height = opened.size
        kind = str(opened.format).lower()
    provenance = {
        "source": "folder",
        "source_ref": f"pictures/{number}",
        "license": "CC0-1.0" if number % 3 else None,
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": None,
        "title": f"Picture {number}",
        "page_url": f"https://example.org/{number}",
    }
    return {
        "images": {
            "position": number,
            "image": picture.data,
            "format": kind,
            "width": width,
            "height": height,
            "phash": f"{number:016x}",
            **provenance,
            **picture.provenance,
        },
        "selection": {
            "position": number,
            "config": picture.config,
            "match_id": picture.match_id,
            "cluster_id": picture.cluster,
        },
        "scores": {
            "concept": ("firearms", "blades")[number % 2],
            "concept_score": round(0.1 + number / 1000, 6),
            "neutral_concept": "tools",
            "margin": 0.05,
            "threat_score": round(1 / (number + 1), 6),
            "aspect": width / height,
            "brightness": 0.5,
            "colourfulness": 20.0,
            "detail": 0.1,
            "contrast": 0.2,
            "sharpness": 0.3,
            "content": 0.5,
            "style": "photo",
            "mark": bytes(128),
            "vector": b"",
        },
        "captions": {
            "caption": f"A picture of thing {number}.",
            "labels": ["thing", f"thing {number}"],
            "facts": dict.fromkeys(f.name for f in tables.FACTS),
            "told": [],
            "worded_by": "rules",
            "captioner": "embedded",
        },
        "grounded": {"better": None},
    }


def _pair(number: int, turn: int) -> dict[str, Any]:
    return {
        "turn": turn,
        "question": f"What is shown in part {turn}?",
        "answer": f"Thing {number}, part {turn}.",
        "family": ("object", "colour")[turn % 2],
        "template_id": f"object/{turn}",
        "template_version": "1.0.0",
        "answer_source": "labels",
    }
