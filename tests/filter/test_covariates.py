"""Covariates of pictures that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vsfa_data.filter.covariates import covariates


def test_a_flat_gray_picture() -> None:
    assert covariates(Image.new("RGB", (80, 40), (51, 51, 51))) == {
        "aspect": 2.0, "brightness": 0.2, "colourfulness": 0.0, "detail": 0.0,
    }  # fmt: skip


def test_colourfulness_is_that_of_the_paper() -> None:
    halves = Image.new("RGB", (10, 10), (255, 0, 0))
    halves.paste((0, 0, 255), (5, 0, 10, 10))
    # red: rg 255, yb 127.5; blue: rg 0, yb -255
    spread = np.hypot(127.5, 191.25)
    centre = np.hypot(127.5, -63.75)
    assert covariates(halves)["colourfulness"] == pytest.approx(spread + 0.3 * centre, abs=1e-4)


def test_brightness_weighs_channels_as_bt601_does() -> None:
    for colour, luma in (((255, 0, 0), 0.299), ((0, 255, 0), 0.587), ((0, 0, 255), 0.114)):
        assert covariates(Image.new("RGB", (4, 4), colour))["brightness"] == luma


def test_detail_is_the_mean_step_between_neighbours() -> None:
    stripes = np.zeros((6, 6, 3), np.uint8)
    stripes[:, ::2] = 255
    assert covariates(Image.fromarray(stripes))["detail"] == 0.5  # 1 across, 0 down
    board = np.indices((6, 6)).sum(0) % 2
    checks = Image.fromarray((board[..., None].repeat(3, 2) * 255).astype(np.uint8))
    assert covariates(checks)["detail"] == 1.0


def test_a_line_of_one_pixel_has_no_steps_across() -> None:
    assert covariates(Image.new("RGB", (1, 1)))["detail"] == 0.0
    line = np.zeros((1, 4, 3), np.uint8)
    line[:, ::2] = 255
    assert covariates(Image.fromarray(line))["detail"] == 0.5
