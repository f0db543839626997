"""Pictures as captioners get them."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

from PIL import Image

from vsfa_data.caption.picture import Picture


def picture(image: Image.Image) -> Picture:
    """`image` as collect would have normalised it."""
    data = BytesIO()
    image.save(data, "PNG")
    return Picture(sha256(data.getvalue()).hexdigest(), data.getvalue())


def plain(colour: str, size: tuple[int, int] = (80, 80)) -> Picture:
    """A picture of one colour."""
    return picture(Image.new("RGB", size, colour))
