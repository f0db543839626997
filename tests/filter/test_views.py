from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from tests.embedded.sample import picture
from vsfa_data.embedded import SIDE_PX, scaled
from vsfa_data.filter.views import MARGIN, VIEWS, _subject, views


def drawing(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle(box, fill="black")
    return image


def test_shape_and_range() -> None:
    seen = views(picture("animals-duck.jpg"))
    assert seen.shape == (VIEWS, SIDE_PX, SIDE_PX, 3)
    assert seen.dtype == np.float32
    assert -1.0 <= seen.min() < seen.max() <= 1.0


def whole_square(subject: Image.Image) -> Image.Image:
    """The subject on the square with all of its margins, not scaled."""
    side = round(max(subject.size) * (1 + 2 * MARGIN))
    square = Image.new("RGB", (side, side), "white")
    square.paste(subject, ((side - subject.width) // 2, (side - subject.height) // 2))
    return square


@pytest.mark.parametrize(
    "size",
    [(300, 200), (301, 199), (1024, 767), (64, 64), (40, 1000), (999, 3), (260, 260), (1, 1)],
)
def test_views_are_the_whole_square_and_its_mirror_image_scaled(size: tuple[int, int]) -> None:
    image = picture("animals-duck.jpg").resize(size)
    square = whole_square(_subject(image))
    for seen, of in zip(views(image), (square, ImageOps.mirror(square)), strict=True):
        small = of.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
        assert seen.tobytes() == scaled(np.asarray(small)).tobytes()


@pytest.mark.parametrize("box", [(10, 10, 29, 29), (300, 70, 319, 89)])
def test_a_small_subject_fills_the_view_wherever_it_stands(box: tuple[int, int, int, int]) -> None:
    dark = views(drawing((400, 100), box))[0, :, :, 0] < 0
    assert dark.mean() == pytest.approx(1 / (1 + 2 * MARGIN) ** 2, abs=0.03)
    assert dark[SIDE_PX // 2, SIDE_PX // 2]


def test_all_of_a_long_picture_is_seen() -> None:
    image = Image.new("RGB", (400, 100), "grey")
    dark = views(image)[0, :, :, 0] < 0.5
    assert dark.mean() == pytest.approx(0.25 / (1 + 2 * MARGIN) ** 2, abs=0.02)


@pytest.mark.parametrize("size", [(1, 1), (3, 500)])
def test_blank_paper_is_seen_as_it_is(size: tuple[int, int]) -> None:
    assert views(Image.new("RGB", size, "white")).min() > 0.99
