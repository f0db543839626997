"""Pictures that are drawn so that the answer is certain."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vsfa_data.caption.pixels import measures, pixels
from vsfa_data.caption.pixels.measures import Measures


def seen(image: Image.Image) -> Measures:
    return pixels.look(image).measures


def halves(left: str, right: str) -> Image.Image:
    image = Image.new("RGB", (120, 120), left)
    ImageDraw.Draw(image).rectangle((60, 0, 119, 119), fill=right)
    return image


def test_warm_cool_and_neither() -> None:
    assert seen(halves("red", "orange")).tones == "warm"
    assert seen(halves("blue", "turquoise")).tones == "cool"
    assert seen(halves("blue", "red")).tones is None
    assert seen(halves("black", "white")).tones is None


def test_colour_or_not() -> None:
    assert seen(halves("black", "white")).colour_mode == "without colour"
    assert seen(halves("black", "red")).colour_mode == "in colour"
    faint = Image.new("RGB", (50, 50), (130, 118, 108))
    assert seen(faint).colour_mode is None


@pytest.mark.parametrize(
    ("dark", "bright", "expected"),
    [(0, 255, "high"), (120, 130, "low"), (70, 200, "moderate"), (85, 185, None)],
)
def test_contrast(dark: int, bright: int, expected: str | None) -> None:
    assert (
        seen(halves(f"rgb({dark},{dark},{dark})", f"rgb({bright},{bright},{bright})")).contrast
        == expected
    )


def test_texture() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3), dtype=np.uint8)
    assert seen(Image.fromarray(noise)).texture == "fine"
    assert seen(halves("red", "blue")).texture == "even"


def test_symmetry() -> None:
    image = Image.new("RGB", (120, 80), "white")
    ImageDraw.Draw(image).ellipse((40, 20, 79, 59), fill="black")
    assert seen(image).symmetry == "symmetrical"
    assert seen(halves("white", "black")).symmetry == "not symmetrical"
    assert seen(Image.new("RGB", (60, 60), "red")).symmetry is None


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.25, "about a quarter"),
        (0.5, "about half"),
        (0.66, "about two thirds"),
        (0.42, None),
        (0.85, None),
    ],
)
def test_a_share_in_words(share: float, expected: str | None) -> None:
    assert measures.in_words(share) == expected


def test_colours_are_counted_where_none_is_near_the_limit() -> None:
    assert measures.colour_count({"red": 0.7, "blue": 0.2, "white": 0.05}) == "two"
    assert measures.colour_count({"red": 0.7, "blue": 0.2, "white": 0.1}) is None


def test_a_colour_is_absent_only_if_no_close_one_is_there() -> None:
    assert "pink" in (measures.absent_colours({"white": 1.0}) or ())
    absent = measures.absent_colours({"white": 0.9, "purple": 0.1}) or ()
    assert not {"purple", "pink", "blue", "red"} & set(absent)
    assert "green" in absent
