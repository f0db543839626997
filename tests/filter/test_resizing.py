"""Pixels as open_clip's own transform makes them, to the bit."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from open_clip.transform import image_transform
from PIL import Image

from vsfa_data.filter.resizing import Resizing, has_simd

SIZES = ((500, 375), (375, 500), (64, 64), (224, 224), (37, 301), (640, 225), (1000, 999))


def picture(size: tuple[int, int]) -> Image.Image:
    generator = np.random.default_rng(sum(size))
    rough = Image.fromarray(generator.integers(0, 256, (9, 9, 3), np.uint8))
    return rough.resize(size, Image.Resampling.BICUBIC)


@pytest.mark.parametrize("mode", ["shortest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_no_pixel_differs_from_open_clips(mode: Any, interpolation: Any) -> None:
    theirs = image_transform(
        224,
        is_train=False,
        resize_mode=mode,
        interpolation=interpolation,
        mean=(0.0,) * 3,
        std=(1.0,) * 3,
    )
    ours = Resizing(224, mode, interpolation)
    for size in SIZES:
        image = picture(size)
        found = ours(image)
        assert found.shape == (224, 224, 3)
        # Mean 0 and deviation 1 leave x / 255.
        expected = (theirs(image) * 255).round().permute(1, 2, 0).numpy().astype(np.uint8)
        assert np.array_equal(found, expected), size


@pytest.mark.skipif(not has_simd(), reason="no cykooz-resizer for this processor")
@pytest.mark.parametrize("mode", ["shortest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("middle", ["even", "down"])
def test_simd_code_sees_the_same_part_and_moves_few_pixels(
    mode: Any, interpolation: Any, middle: Any
) -> None:
    exact = Resizing(65, mode, interpolation, middle)
    fast = replace(exact, simd=True)
    for size in (*SIZES, (65, 65), (65, 66)):
        image = picture(size)
        error = np.abs(fast(image).astype(np.int16) - exact(image))
        assert error.max() <= 2, size
        assert error.mean() < 0.3, size
        assert pickle.loads(pickle.dumps(fast))(image).tobytes() == fast(image).tobytes()  # noqa: S301  # our own
