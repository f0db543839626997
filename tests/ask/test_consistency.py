"""Sentences of a model that pixels, labels or its other sentences rule out."""

from __future__ import annotations

from typing import Any

import pytest

from vsfa_data.ask import consistency, render

KNOWN: dict[str, Any] = render.values_of("There are two black knives.", ["knife"], {}) | {
    "subject": "knife",
    "absent": ["dog"],
    "absent_colours": ["red", "pink"],
    "brightness": "dark",
    "orientation": "landscape",
    "colour_mode": "in colour",
}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The knife has a red handle.", "contradicts_pixels"),
        ("It is a black-and-white photograph.", "contradicts_pixels"),
        ("The room is brightly lit.", "contradicts_pixels"),
        ("The picture is in portrait format.", "contradicts_pixels"),
        ("There is no knife in the picture.", "contradicts_labels"),
        ("A table without any knives.", None),  # "knives" is no form that spelling alone tells
        ("A table without a sharp knife on it.", "contradicts_labels"),
        ("A dog sits beside the table.", "contradicts_labels"),
        ("There is no dog.", None),
        ("The handle is black, and the blade is of steel.", None),
        ("The redwood table is dark.", None),
    ],
)
def test_what_cannot_be(text: str, reason: str | None) -> None:
    found = consistency.problem("told_relation", text, KNOWN)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    ("text", "caption", "reason"),
    [
        ("There are two kettles.", "Two kettles on a stove.", None),
        ("There is one kettle.", "Two kettles on a stove.", "inconsistent_answer"),
        ("There is one kettle.", "A small copper kettle.", None),
        ("There are 45 kettles.", "Kettles.", "implausible_count"),
        ("There are 1,200 kettles.", "Kettles.", "implausible_count"),
        ("There are hundreds of kettles.", "Kettles.", "implausible_count"),
        ("There are 12 kettles.", "Kettles on a shelf.", None),
    ],
)
def test_counts(text: str, caption: str, reason: str | None) -> None:
    values = render.values_of(caption, ["kettle"], {"subject": "kettle"})
    found = consistency.problem(consistency.COUNT, text, values)
    assert (found and found[0]) == reason


def test_a_thing_is_mentioned_unless_it_is_denied() -> None:
    assert consistency.mentions(["Two dogs sleep."], "dog")
    assert not consistency.mentions(["There is no dog here."], "dog")
    assert not consistency.mentions(["A dogma."], "dog")
