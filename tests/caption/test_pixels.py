from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vsfa_data.caption import pixels

Sample = Callable[[str], Image.Image]


def drawn(box: tuple[int, int, int, int], ground: str = "white", ink: str = "red") -> Image.Image:
    """A filled box on a plain ground of 200 x 200 px."""
    image = Image.new("RGB", (200, 200), ground)
    ImageDraw.Draw(image).rectangle(box, fill=ink)
    return image


def noise(low: int, high: int) -> Image.Image:
    values = np.random.default_rng(0).integers(low, high, (160, 160, 3), dtype=np.uint8)
    return Image.fromarray(values)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 100), "square"),
        ((105, 100), "square"),
        ((106, 100), "landscape"),
        ((100, 105), "square"),
        ((100, 106), "portrait"),
    ],
)
def test_orientation(size: tuple[int, int], expected: str) -> None:
    assert pixels.orientation(*size) == expected


@pytest.mark.parametrize(
    ("grey", "expected"),
    [
        (0, "dark"),
        (70, "dark"),
        (85, "moderately bright"),
        (128, "moderately bright"),
        (160, "moderately bright"),
        (170, "bright"),
        (255, "bright"),
    ],
)
def test_brightness(grey: int, expected: str) -> None:
    assert pixels.look(Image.new("RGB", (80, 80), (grey,) * 3)).brightness == expected


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


@pytest.mark.parametrize("ground", ["white", "black", "red", "green", "blue", "yellow", "grey"])
def test_plain_backgrounds_are_called_by_their_colour(ground: str) -> None:
    ink = "orange" if ground != "red" else "black"
    seen = pixels.look(drawn((40, 40, 160, 160), ground, ink))
    assert seen.background == f"plain {ground}"
    assert seen.subject_colours == (ink,)


def test_a_blank_picture_has_a_ground_and_nothing_before_it() -> None:
    seen = pixels.look(Image.new("RGB", (90, 60), "blue"))
    assert seen == pixels.Pixels(
        colours=("blue",),
        subject_colours=None,
        brightness="moderately bright",
        orientation="landscape",
        background="plain blue",
        framing=None,
    )


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


def test_colours_are_those_of_the_whole_picture_by_share() -> None:
    image = drawn((0, 0, 199, 79))
    ImageDraw.Draw(image).rectangle((0, 80, 199, 109), fill="blue")
    ImageDraw.Draw(image).rectangle((0, 110, 199, 120), fill="green")  # under a tenth
    assert pixels.look(image).colours == ("red", "white", "blue")


def test_many_colours_are_no_main_colours() -> None:
    image = Image.new("RGB", (200, 200))
    inks = ["red", "blue", "green", "yellow", "black", "white", "orange", "grey"]
    for at, ink in enumerate(inks):
        ImageDraw.Draw(image).rectangle((at * 25, 0, at * 25 + 24, 199), fill=ink)
    assert pixels.look(image).colours is None


def test_what_looks_like_the_background_is_not_known_to_be_the_subject_s_colour() -> None:
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).ellipse((20, 20, 180, 180), fill="white", outline="black", width=12)
    assert pixels.look(image).subject_colours is None


def test_thin_lines_have_no_known_colour() -> None:
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).line((10, 100, 190, 90), fill="black", width=1)
    assert pixels.look(image).subject_colours is None


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 3), (64, 64)])
def test_any_size_can_be_looked_at(size: tuple[int, int]) -> None:
    assert pixels.look(Image.new("RGB", size, "white")).background == "plain white"


@pytest.mark.parametrize(
    ("name", "colours", "background", "framing"),
    [
        ("firearms-m16-rifle.png", ("white", "grey"), "plain white", "fills the frame"),
        ("blades-knife.png", ("white", "grey"), "plain white", "centred with a margin"),
        ("textures-gravel.jpg", ("grey",), "detailed", None),
        ("animals-red-panda.jpg", ("green", "brown", "black"), None, None),
        ("toys-teddy-bear.png", ("brown", "white", "black"), "plain white", "fills the frame"),
    ],
)
def test_real_pictures(
    sample: Sample,
    name: str,
    colours: tuple[str, ...],
    background: str | None,
    framing: str | None,
) -> None:
    seen = pixels.look(sample(name))
    assert (seen.colours, seen.background, seen.framing) == (colours, background, framing)
