"""A selected image on its way to a captioner: its bytes now, its pixels when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsfa_data import pictures

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Picture:
    """One image as IMAGES has it.

    `data` is its normalised file (PNG or JPEG) and `image_id` the sha256 of these bytes.
    """

    image_id: str
    data: bytes
    partner_id: str | None = None
    """Its partner in the other config, which is asked about the same topics."""
    title: str | None = None
    """What its source calls it; anything may stand there."""

    @property
    def pair_id(self) -> str:
        """The same for both partners: what is drawn by it is the same for both."""
        return min(self.image_id, self.partner_id or self.image_id)

    def decode(self) -> Image:
        """Its pixels (RGB), decoded anew each time: many pictures may wait, few are looked at."""
        return pictures.decode(self.data)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, read without decoding."""
        return pictures.size(self.data)

    @property
    def media_type(self) -> str:
        """What `data` is: "image/png" or "image/jpeg"."""
        return "image/png" if self.data.startswith(b"\x89PNG") else "image/jpeg"
