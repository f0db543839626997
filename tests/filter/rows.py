"""A recipe, and rows of the tables that the filter reads."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
from PIL import Image

from vsfa_data import resources, tables
from vsfa_data.recipe import Recipe

SAMPLE = resources.PACKAGE / "sample" / "images"


def recipe(seed: int = 0, **given: Any) -> Recipe:
    """A recipe whose filter section has the keys `given`; no other step is looked at."""
    return Recipe.model_validate(
        {
            "name": "test",
            "version": "1.0.0",
            "description": "for a test",
            "seed": seed,
            "collect": {"sources": [{"source": "folder"}]},
            "filter": {"encoder": "embedded", **given},
            "caption": {"captioner": "embedded"},
            "release": {"license": "cc0-1.0", "pretty_name": "test"},
        }
    )


def image_row(position: int, data: bytes = b"", **given: Any) -> dict[str, Any]:
    """A row of IMAGES."""
    return {
        "image_id": hashlib.sha256(data or str(position).encode()).hexdigest(),
        "position": position,
        "image": data,
        "format": "png",
        "width": 100,
        "height": 100,
        "phash": hashlib.sha256(f"phash{position}".encode()).hexdigest()[:16],
        "source": "folder",
        "source_ref": f"{position}.png",
        "license": "CC0-1.0",
        "license_url": None,
        "attribution": None,
        "title": None,
        "page_url": None,
        **given,
    }


def sample_row(position: int, name: str) -> dict[str, Any]:
    """A row of IMAGES with a picture of the sample as it lies on disk."""
    file = SAMPLE / name
    with Image.open(file) as image:
        width, height = image.size
    form = "jpeg" if file.suffix == ".jpg" else "png"
    return image_row(
        position, file.read_bytes(), format=form, width=width, height=height, source_ref=name
    )


def score_row(image: dict[str, Any], threat: float, **given: Any) -> dict[str, Any]:
    """A row of SCORES for a row of IMAGES."""
    return {
        "image_id": image["image_id"],
        "concept": "blades",
        "concept_score": 0.4,
        "neutral_concept": "tools",
        "margin": 0.1,
        "threat_score": threat,
        "aspect": 1.0,
        "brightness": 0.5,
        "colourfulness": 20.0,
        "detail": 0.1,
        "contrast": 0.2,
        "sharpness": 0.3,
        "content": 0.5,
        "style": "photo",
        "vector": b"",
        "mark": hashlib.shake_256(image["image_id"].encode()).digest(128),
        **given,
    }


def unique(rows: list[dict[str, Any]]) -> pa.Table:
    """UNIQUE with all of these rows of IMAGES."""
    return tables.UNIQUE.build(
        {"image_id": row["image_id"], "position": row["position"]} for row in rows
    )
