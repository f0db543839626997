"""Whether an image may be published at all: its licence, and the least of technical quality."""

from __future__ import annotations

from typing import Any, Final

from vsfa_data.recipe import FilterSection
from vsfa_data.words.license_class import license_class

LEAST: Final = (
    ("flat", "contrast", "min_contrast"),
    ("little_content", "content", "min_content"),
    ("blurred", "sharpness", "min_sharpness"),
)
"""Reason code, column of SCORES, key of the recipe; the first that fails is told."""

Columns = dict[str, list[Any]]


def unfit(columns: Columns, chosen: FilterSection) -> list[str | None]:
    """For each row the reason code why it is out of the question, or None."""
    found: list[str | None] = [None] * len(columns["image_id"])
    if chosen.licenses != "all":
        for at, name in enumerate(columns["license"]):
            if license_class(name) not in chosen.licenses:
                found[at] = "license_policy"
    for reason, column, key in LEAST:
        least = getattr(chosen, key)
        for at, value in enumerate(columns[column]):
            if value < least and found[at] is None:
                found[at] = reason
    return found


def quality(columns: Columns, at: int) -> tuple[int, float]:
    """The greater, the better a picture: its pixels, then its sharpness."""
    return columns["width"][at] * columns["height"][at], columns["sharpness"][at]
