from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vsfa_data.caption.pixels import pixels


def drawn(box: tuple[int, int, int, int], ground: str = "white", ink: str = "red") -> Image.Image:
    """A filled box on a plain ground of 200 x 200 px."""
    image = Image.new("RGB", (200, 200), ground)
    ImageDraw.Draw(image).rectangle(box, fill=ink)
    return image


def noise(low: int, high: int) -> Image.Image:
    values = np.random.default_rng(0).integers(low, high, (160, 160, 3), dtype=np.uint8)
    return Image.fromarray(values)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((60, 60, 140, 140), "centred with a margin"),
        ((20, 60, 180, 140), "centred with a margin"),
        ((0, 0, 199, 199), None),  # nothing is left of the ground
        ((4, 4, 196, 196), "fills the frame"),
        ((0, 80, 199, 120), None),  # spans the width alone
        ((5, 60, 95, 140), "off-centre to the left"),
        ((105, 60, 195, 140), "off-centre to the right"),
        ((60, 5, 140, 95), "off-centre to the top"),
        ((60, 105, 140, 195), "off-centre to the bottom"),
        ((90, 90, 110, 110), "small in the frame"),
        ((2, 2, 20, 20), "small in the frame"),
    ],
)
def test_framing(box: tuple[int, int, int, int], expected: str | None) -> None:
    assert pixels.look(drawn(box)).framing == expected


def test_a_thin_diagonal_spans_the_frame_but_does_not_fill_it() -> None:
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).line((3, 3, 196, 196), fill="black", width=6)
    seen = pixels.look(image)
    assert (seen.background, seen.framing) == ("plain white", None)


def test_a_drawing_that_touches_the_frame_keeps_its_plain_background() -> None:
    image = drawn((0, 60, 199, 140))  # a third of two sides
    assert pixels.look(image).background == "plain white"


def test_a_white_sky_is_no_plain_background() -> None:
    image = noise(0, 255)
    ImageDraw.Draw(image).rectangle((0, 0, 159, 120), fill="white")
    assert pixels.look(image).background != "plain white"


def test_a_busy_border_is_detailed_and_has_no_framing() -> None:
    seen = pixels.look(noise(0, 255))
    assert (seen.background, seen.framing, seen.subject_colours) == ("detailed", None, None)


def test_a_gradient_is_neither_plain_nor_detailed() -> None:
    ramp = np.tile(np.linspace(0, 255, 160).astype(np.uint8)[:, None, None], (1, 160, 3))
    seen = pixels.look(Image.fromarray(ramp))
    assert (seen.background, seen.framing) == (None, None)
