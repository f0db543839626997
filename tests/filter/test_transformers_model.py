"""What transformers' processors do, done without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import transformers

from tests.filter.test_resizing import picture as drawn
from vsfa_data.filter import transformers_model

SIZES = ((500, 375), (375, 500), (64, 64), (65, 64), (301, 37), (641, 225))


@pytest.mark.parametrize(
    ("name", "given", "mode"),
    [
        (
            "CLIP",
            {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
            "shortest",
        ),
        ("Siglip", {"size": {"height": 64, "width": 64}}, "squash"),
        ("Siglip", {"size": {"height": 64, "width": 64}, "resample": 2}, "squash"),
    ],
)
def test_pixels_are_those_of_the_processor(name: str, given: dict[str, Any], mode: str) -> None:
    images = getattr(transformers, f"{name}ImageProcessorPil")(**given)
    ours = transformers_model.resizing_of(images)
    assert ours is not None
    assert ours.mode == mode
    for size in SIZES:
        image = drawn(size)
        plain = images(images=image, do_rescale=False, do_normalize=False, return_tensors="np")
        expected = plain["pixel_values"][0].transpose(1, 2, 0)
        assert np.array_equal(ours(image), expected), size


@pytest.mark.parametrize(
    "given",
    [
        {"do_normalize": False},
        {"size": {"shortest_edge": 70}, "crop_size": {"height": 64, "width": 64}},
        {"do_center_crop": False},
        {"resample": 1},
    ],
)
def test_other_processors_do_it_themselves(given: dict[str, Any]) -> None:
    assert transformers_model.resizing_of(transformers.CLIPImageProcessorPil(**given)) is None
