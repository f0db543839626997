"""Parts of drawn pictures compared."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vsfa_data.caption.pixels import colours, pixels, regions
from vsfa_data.caption.pixels.measures import Measures


def drawn(*boxes: tuple[tuple[int, int, int, int], str], ground: str = "white") -> Image.Image:
    image = Image.new("RGB", (120, 120), ground)
    for box, ink in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=ink)
    return image


def seen(*boxes: tuple[tuple[int, int, int, int], str], ground: str = "white") -> Measures:
    return pixels.look(drawn(*boxes, ground=ground)).measures


def test_brighter_halves() -> None:
    left = seen(((60, 0, 119, 119), "black"))
    assert (left.brighter_side, left.brighter_end) == ("left", "neither")
    bottom = seen(((0, 0, 119, 59), "black"))
    assert (bottom.brighter_side, bottom.brighter_end) == ("neither", "bottom")
    assert seen(((60, 0, 119, 119), "rgb(225,225,225)")).brighter_side is None


@pytest.mark.parametrize(
    ("box", "part"),
    [((0, 0, 39, 39), "upper left"), ((40, 40, 79, 79), "centre"), ((80, 40, 119, 79), "right")],
)
def test_the_brightest_part(box: tuple[int, int, int, int], part: str) -> None:
    assert seen((box, "white"), ground="black").brightest_part == part


def test_a_corner_of_a_plain_background_is_not_called_the_brightest_part() -> None:
    # Without a subject in it the corner is all that is white.
    most = [((40, 0, 119, 39), "black"), ((0, 40, 119, 119), "black")]
    lab = colours.to_oklab(np.asarray(drawn(*most)))
    assert regions.brightest_part(lab, None) == "upper left"
    assert regions.brightest_part(lab, lab[..., 0] < 0.5) is None


def test_no_part_is_the_brightest_of_two() -> None:
    two = [((0, 0, 39, 39), "white"), ((80, 80, 119, 119), "white")]
    assert seen(*two, ground="black").brightest_part is None


def test_the_busier_side() -> None:
    stripes = [((x, 0, x + 3, 119), "black") for x in range(64, 120, 8)]
    assert seen(*stripes).busier_side == "right"
    assert seen().busier_side is None


def test_colours_of_edges_and_centre() -> None:
    found = seen(((0, 0, 119, 30), "blue"), ((0, 90, 119, 119), "green"), ((50, 50, 70, 70), "red"))
    assert (found.top_colour, found.bottom_colour, found.centre_colour) == ("blue", "green", "red")
    assert seen(((0, 0, 59, 119), "blue")).top_colour is None


def test_subject_against_background() -> None:
    found = seen(((20, 50, 100, 70), "black"))
    assert (found.subject_tone, found.subject_shape) == ("darker", "wider than tall")
    found = seen(((50, 20, 70, 100), "yellow"), ground="black")
    assert (found.subject_tone, found.subject_shape) == ("lighter", "taller than wide")
    assert seen(((40, 40, 80, 80), "red")).subject_shape == "about as wide as tall"
    assert seen().subject_tone is None


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((400, 300), "4:3"),
        ((300, 400), "3:4"),
        ((512, 512), "1:1"),
        ((640, 360), "16:9"),
        ((500, 400), "5:4"),
        ((400, 310), None),
    ],
)
def test_proportions(size: tuple[int, int], expected: str | None) -> None:
    assert regions.proportions(*size) == expected
