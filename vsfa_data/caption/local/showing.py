"""How large a picture is shown to a model, and about how many tokens that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

    from vsfa_data.caption.picture import Picture


PIXELS_PER_TOKEN: Final = 28 * 28
"""Pixels that become one token: four patches of 14 x 14 px in Qwen2-VL and its successors. Models
that give every picture as many tokens only have their batches packed less tightly."""
PROMPT_TOKENS: Final = 64


def tokens(pixels: int, max_new_tokens: int) -> int:
    """About how many tokens a picture with its prompt and reply takes; never too exact."""
    return pixels // PIXELS_PER_TOKEN + PROMPT_TOKENS + max_new_tokens


def scaled(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """Width and height of a picture scaled down to `max_pixels`, its shape kept."""
    width, height = size
    scale = min(1.0, (max_pixels / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def shown(picture: Picture, size: tuple[int, int]) -> Image:
    """The picture as the model is shown it."""
    from PIL.Image import Resampling

    image = picture.decode()
    return image if image.size == size else image.resize(size, Resampling.BICUBIC)
