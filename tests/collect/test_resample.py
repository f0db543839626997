from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.collect.samples import encode, photo
from vsfa_data.collect import resample
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.normalised import Limits
from vsfa_data.resources import PACKAGE

PHOTOS = ("animals-clownfish.jpg", "animals-jaguars.jpg", "buildings-pont-du-gard.jpg")
CUT = (5.5, 2.25, 90.0, 61.5)


def sample(name: str) -> Image.Image:
    with Image.open(Path(PACKAGE, "sample", "images", name)) as image:
        return image.convert("RGB")


def decibels(one: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio."""
    error = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return float(10.0 * np.log10(255.0**2 / (error**2).mean()))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("box", [None, CUT])
def test_it_is_pillows_bicubic_filter(
    mode: str, box: resample.Box | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = photo().convert(mode)
    if mode.endswith("A"):
        image.putalpha(photo().rotate(90).resize(image.size).getchannel(0))
    part = box or (0.0, 0.0, *map(float, image.size))
    found = resample.shrunk(image, (41, 30), part)
    monkeypatch.setattr(resample, "simd", None)
    wanted = resample.shrunk(image, (41, 30), part)
    assert (found.mode, found.size) == (wanted.mode, wanted.size) == (mode, (41, 30))
    # Where alpha is small, colours are divided by little and weigh as little.
    alpha = wanted.getchannel("A") if mode.endswith("A") else None
    for a, b in zip(found.split(), wanted.split(), strict=True):
        error = np.abs(np.asarray(a, np.int16) - np.asarray(b, np.int16))
        if alpha is not None:
            error = error[np.asarray(alpha) > 128]
        assert error.max() <= 3
        assert error.mean() < 0.6


def test_every_processor_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resample.simd is not None
    image, usual = sample(PHOTOS[0]), resample.simd.Resizer
    part = (0.0, 0.0, *map(float, image.size))
    found = resample.shrunk(image, (120, 77), part)
    for extensions in resample.simd.CpuExtensions:

        def limited(chosen: resample.simd.CpuExtensions = extensions) -> resample.simd.Resizer:
            resizer = usual()
            resizer.cpu_extensions = chosen
            return resizer

        monkeypatch.setattr(resample.simd, "Resizer", limited)
        assert resample.shrunk(image, (120, 77), part).tobytes() == found.tobytes(), extensions


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("share", [2.5, 3.1, 5.1])
def test_a_jpeg_decoded_at_a_fraction_is_better_than_area_averages(name: str, share: float) -> None:
    """Against Lanczos on the pixels themselves; odd sizes, where a fraction ends within a pixel."""
    original = sample(name)
    original = original.crop((0, 0, original.width - 1 + original.width % 2, original.height))
    data = encode(original, "JPEG", quality=90)
    side = round(max(original.size) / share)
    found = normalise(data, Limits(min_side_px=1, max_side_px=side))
    small = Image.open(BytesIO(found.image))
    truth = original.resize(small.size, Image.Resampling.LANCZOS)
    area = Image.open(BytesIO(data)).resize(small.size, Image.Resampling.BOX)
    again = Image.open(BytesIO(encode(area, "JPEG", quality=92, subsampling="4:4:4")))
    assert decibels(small, truth) > decibels(again, truth) + 0.4
