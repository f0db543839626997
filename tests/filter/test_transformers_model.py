"""Loading models of transformers."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers

from tests.embedded.sample import picture
from tests.filter import models
from tests.filter.test_resizing import picture as drawn
from vsfa_data.filter import transformers_files, transformers_model


@pytest.mark.parametrize("kind", ["clip", "siglip2"])
def test_loading_is_silent_and_pictures_become_one_array(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    folder = models.transformers_folder(tmp_path / kind, kind)
    checkpoint = transformers_files.find(f"local-dir:{folder}", None)
    caplog.clear()
    capfd.readouterr()
    with caplog.at_level(logging.WARNING):
        loaded = transformers_model.load(checkpoint, "fp32", "cpu", "a test")
    assert not caplog.records
    assert "Loading weights" not in capfd.readouterr().err
    found = loaded.prepare(picture("pets-kitten.jpg"))
    assert found.dtype == {"clip": np.uint8, "siglip2": np.float32}[kind]
    assert found.shape == loaded.blank().shape == {"clip": (64, 64, 3), "siglip2": (25, 768)}[kind]
    if kind == "siglip2":
        down, across = found[-1, :2]
        assert 0 < down * across <= 24
        assert not found[int(down * across) : 24].any()


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
