from __future__ import annotations

from PIL import Image

from vsfa_data import resources


def picture(name: str) -> Image.Image:
    return Image.open(resources.PACKAGE / "sample" / "images" / name).convert("RGB")
