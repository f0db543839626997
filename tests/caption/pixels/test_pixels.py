from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from vsfa_data.caption.pixels import pixels
from vsfa_data.caption.pixels.measures import Measures

Sample = Callable[[str], Image.Image]


def drawn(box: tuple[int, int, int, int], ground: str = "white", ink: str = "red") -> Image.Image:
    """A filled box on a plain ground of 200 x 200 px."""
    image = Image.new("RGB", (200, 200), ground)
    ImageDraw.Draw(image).rectangle(box, fill=ink)
    return image


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


@pytest.mark.parametrize("ground", ["white", "black", "red", "green", "blue", "yellow", "grey"])
def test_plain_backgrounds_are_called_by_their_colour(ground: str) -> None:
    ink = "orange" if ground != "red" else "black"
    seen = pixels.look(drawn((40, 40, 160, 160), ground, ink))
    assert seen.background == f"plain {ground}"
    assert seen.subject_colours == (ink,)


def test_a_blank_picture_has_a_ground_and_nothing_before_it() -> None:
    seen = pixels.look(Image.new("RGB", (90, 60), "blue"))
    assert replace(seen, measures=Measures()) == pixels.Pixels(
        colours=("blue",),
        subject_colours=None,
        brightness="moderately bright",
        orientation="landscape",
        background="plain blue",
        framing=None,
    )
    assert seen.measures == Measures(
        absent_colours=("red", "yellow", "green", "pink", "orange"),
        colour_share="nearly all",
        colour_count="one",
        colour_mode="in colour",
        tones="cool",
        contrast="low",
        texture="even",
        proportions="3:2",
        brighter_side="neither",
        brighter_end="neither",
        top_colour="blue",
        bottom_colour="blue",
        centre_colour="blue",
    )


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
