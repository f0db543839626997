"""Covariates of pictures that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.filter.rows import SAMPLE
from vsfa_data import pictures
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.normalised import Limits
from vsfa_data.filter.covariates import covariates


def of_sample(name: str) -> Image.Image:
    """A picture of the sample as collect normalises it."""
    return pictures.decode(normalise((SAMPLE / name).read_bytes(), Limits()).image)


def test_a_flat_gray_picture() -> None:
    assert covariates(Image.new("RGB", (80, 40), (51, 51, 51))) == {
        "aspect": 2.0, "brightness": 0.2, "colourfulness": 0.0, "detail": 0.0, "contrast": 0.0,
        "sharpness": 0.0, "content": 0.0, "style": "drawing",
    }  # fmt: skip


@pytest.mark.parametrize("scale", [1, 20])
def test_colourfulness_is_that_of_the_paper(scale: int) -> None:
    halves = Image.new("RGB", (16 * scale, 16 * scale), (255, 0, 0))
    halves.paste((0, 0, 255), (8 * scale, 0, 16 * scale, 16 * scale))
    # red: rg 255, yb 127.5; blue: rg 0, yb -255
    spread = np.hypot(127.5, 191.25)
    centre = np.hypot(127.5, -63.75)
    assert covariates(halves)["colourfulness"] == pytest.approx(spread + 0.3 * centre, abs=1e-4)


def test_brightness_weighs_channels_as_bt601_does() -> None:
    for colour, luma in (((255, 0, 0), 0.299), ((0, 255, 0), 0.587), ((0, 0, 255), 0.114)):
        found = covariates(Image.new("RGB", (4, 4), colour))["brightness"]
        assert found == pytest.approx(luma, abs=0.5 / 255)


def test_steps_between_neighbours() -> None:
    stripes = np.zeros((6, 6, 3), np.uint8)
    stripes[:, ::2] = 255
    found = covariates(Image.fromarray(stripes))
    assert (found["detail"], found["contrast"]) == (0.5, 0.5)  # 1 across, 0 down
    assert (found["sharpness"], found["content"]) == (1.0, 0.5)
    board = np.indices((6, 6)).sum(0) % 2
    checks = Image.fromarray((board[..., None].repeat(3, 2) * 255).astype(np.uint8))
    assert covariates(checks)["detail"] == 1.0


def test_a_line_of_one_pixel_has_no_steps_across() -> None:
    assert covariates(Image.new("RGB", (1, 1)))["detail"] == 0.0
    line = np.zeros((1, 4, 3), np.uint8)
    line[:, ::2] = 255
    assert covariates(Image.fromarray(line))["detail"] == 1.0


def test_content_is_what_differs_from_the_corners() -> None:
    paper = Image.new("RGB", (100, 100), (240, 240, 240))
    paper.paste((235, 235, 235), (0, 40, 100, 60))  # a shade of paper
    paper.paste((0, 0, 0), (10, 10, 20, 30))
    assert covariates(paper)["content"] == 0.02


def test_a_blurred_picture_is_less_sharp_whatever_its_contrast() -> None:
    picture = of_sample("animals-cow.jpg")
    sharp = covariates(picture)["sharpness"]
    blurred = covariates(picture.filter(ImageFilter.GaussianBlur(6)))["sharpness"]
    assert blurred < 0.02
    assert sharp > 0.05


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("animals-cow.jpg", "photo"),
        ("animals-clownfish.jpg", "photo"),
        ("explosives-bomb.png", "drawing"),
        ("hazard-radioactive-sign.png", "drawing"),
    ],
)
def test_style_of_pictures(name: str, style: str) -> None:
    assert covariates(of_sample(name))["style"] == style


def test_a_smooth_shade_is_a_render() -> None:
    ramp = np.linspace(0, 255, 90)[None, :, None] + np.zeros((90, 1, 3))
    ramp += np.linspace(0, 250, 90)[:, None, None]
    picture = Image.fromarray((ramp / 2).clip(0, 255).astype(np.uint8))
    assert covariates(picture)["style"] == "render"
