from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from vsfa_data import resources


@pytest.fixture
def sample() -> Callable[[str], Image.Image]:
    """`sample("firearms-m16-rifle.png")` -> that picture of the package, on white, as RGB."""

    def load(name: str) -> Image.Image:
        with Image.open(resources.inside("package:sample") / "images" / name) as opened:
            picture = opened.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")

    return load
