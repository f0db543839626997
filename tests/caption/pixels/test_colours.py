from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from vsfa_data.caption.pixels import colours

# CSS names that end in a basic colour term which is not what the colour looks like to us, with
# what it is called here.
DISPUTED = {
    "aliceblue": "white",
    "antiquewhite": "beige",
    "brown": "red",
    "cadetblue": "turquoise",
    "greenyellow": "green",
    "lightgoldenrodyellow": "beige",
    "lightseagreen": "turquoise",
    "lightyellow": "white",
    "mediumslateblue": "purple",
    "mediumvioletred": "purple",
    "navajowhite": "beige",
    "palevioletred": "pink",
    "sandybrown": "orange",
}


def name_of(css: str) -> str:
    return str(
        colours.names_of(colours.to_oklab(np.array([ImageColor.getrgb(css)], np.uint8)[:, :3]))[0]
    )


def css_names() -> list[tuple[str, str]]:
    return [
        (css, DISPUTED.get(css, term))
        for css in sorted(ImageColor.colormap)
        for term in colours.PROTOTYPES
        if css.replace("gray", "grey").endswith(term)
    ]


@pytest.mark.parametrize(("css", "expected"), css_names())
def test_css_colours_have_the_name_that_css_gives_them(css: str, expected: str) -> None:
    assert name_of(css) == expected


def test_enough_css_colours_are_compared() -> None:
    assert len(css_names()) > 70


@pytest.mark.parametrize(
    ("srgb", "oklab"),
    # https://bottosson.github.io/posts/oklab: white is (1, 0, 0); red from the reference code.
    [
        ((255, 255, 255), (1.0, 0.0, 0.0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (0.628, 0.225, 0.126)),
    ],
)
def test_oklab(srgb: tuple[int, int, int], oklab: tuple[float, float, float]) -> None:
    assert colours.to_oklab(np.array([srgb], np.uint8))[0] == pytest.approx(oklab, abs=1e-3)


def test_shares_are_ordered_by_share_and_then_by_name() -> None:
    pixels = np.array([[255, 0, 0], [0, 0, 255], [0, 0, 255], [0, 0, 0]], np.uint8)
    assert list(colours.shares(colours.to_oklab(pixels)).items()) == [
        ("blue", 0.5),
        ("black", 0.25),
        ("red", 0.25),
    ]


def test_no_pixels_have_no_shares() -> None:
    assert colours.shares(np.empty((0, 3))) == {}
