"""Photographs as the web has them: JPEG, 0.1 to 1.4 megapixels, a fifth of one in the median.

Cut out of scikit-image's photographs, each at another place, so that no two of them are alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from PIL import Image

NAMES: Final = (
    *("astronaut", "chelsea", "coffee", "hubble_deep_field", "immunohistochemistry", "retina"),
    "rocket",
)
SIDES: Final = ((500, 375), (500, 333), (400, 300), (640, 427), (512, 384), (1400, 1000))
QUALITY: Final = 90


def photographs(number: int) -> Iterator[bytes]:
    """The same `number` of JPEG files at every call."""
    from skimage import data

    chosen = random.Random(0)  # noqa: S311 no secret
    photos = [Image.fromarray(getattr(data, name)()).convert("RGB") for name in NAMES]
    for place in range(number):
        size = SIDES[place % len(SIDES)]
        photo = photos[place % len(photos)]
        scale = max(size[0] / photo.width, size[1] / photo.height) * chosen.uniform(1.1, 1.5)
        left, top = (
            chosen.uniform(0.0, side - wanted / scale)
            for side, wanted in zip(photo.size, size, strict=True)
        )
        box = (left, top, left + size[0] / scale, top + size[1] / scale)
        file = BytesIO()
        photo.resize(size, Image.Resampling.BICUBIC, box=box).save(file, "JPEG", quality=QUALITY)
        yield file.getvalue()
