from __future__ import annotations

from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageDraw

from vsfa_data.collect import phash
from vsfa_data.resources import PACKAGE

SAMPLE = sorted(Path(PACKAGE, "sample", "images").iterdir())


def test_it_is_the_hash_of_imagehash() -> None:
    for path in SAMPLE:
        with Image.open(path) as image:
            for seen in (image.convert("RGB"), image.convert("L").resize((70, 300))):
                assert phash.of(seen) == str(imagehash.phash(seen)), path.name


def test_of_drawings_with_symmetries_too() -> None:
    """Their frequencies are zero or equal in whole rows, where rounding would decide."""
    for size in ((64, 64), (100, 40)):
        image = Image.new("L", size, 255)
        draw = ImageDraw.Draw(image)
        for step in range(6):
            draw.rectangle((step * 5, step * 3, size[0] - step * 5, size[1] - step * 3), step * 40)
            found, wanted = (imagehash.hex_to_hash(phash.of(image)), imagehash.phash(image))
            assert found - wanted <= 2


@pytest.mark.parametrize("level", [0, 7, 128, 255])
def test_a_flat_picture_has_no_frequency_but_the_mean(level: int) -> None:
    assert phash.of(Image.new("L", (90, 50), level)) == f"{1 << 63 if level else 0:016x}"


def test_no_sum_overflows() -> None:
    pixels = np.full((32, 32), 255, np.int64)
    assert int((abs(phash._cosines()) @ pixels @ abs(phash._cosines()).T).max()) < 2**61
