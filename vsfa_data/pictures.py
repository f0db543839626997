"""Opening a normalised image: the only place where image bytes become pixels after collect."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def decode(data: bytes) -> Image:
    """Bytes that collect normalised -> RGB image of the same size.

    Collect has bounded their size and dropped alpha and metadata; these formats are all it writes.
    """
    from PIL import Image as Pillow

    with Pillow.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
        image.load()
        return image if image.mode == "RGB" else image.convert("RGB")  # which copies


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of bytes that collect normalised; decodes no pixel."""
    from PIL import Image as Pillow

    with Pillow.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
        return image.size
