"""The loss curve as a picture, drawn with Pillow alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Points = Sequence[tuple[float, float]]
"""(step, loss), by step; all finite."""

SIZE: Final = (960, 560)
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 24, 48, 56
_TICKS: Final = 6
_INK, _GRID = "#333333", "#dddddd"
_COLOURS: Final = ("#4477aa", "#cc6677")
"""Two colours that the colour-blind tell apart (Paul Tol's muted scheme)."""


def loss_curve(train: Points, validation: Points, title: str) -> bytes:
    """PNG with both curves over the optimizer steps; the same points make the same bytes."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.font = ImageFont.load_default(14)
    both = [*train, *validation] or [(0.0, 0.0)]
    axes = _Axes([step for step, _ in both], [loss for _, loss in both])
    axes.draw(draw)
    draw.text((_LEFT, 14), title, fill=_INK)
    for number, (name, points) in enumerate((("train", train), ("validation", validation))):
        colour = _COLOURS[number]
        placed = [axes.place(*point) for point in points]
        if len(placed) > 1:
            draw.line(placed, fill=colour, width=2, joint="curve")
        for x, y in placed if name == "validation" or len(placed) == 1 else ():
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
        x = SIZE[0] - _RIGHT - 220 + number * 100
        draw.line(((x, 22), (x + 20, 22)), fill=colour, width=3)
        draw.text((x + 26, 14), name, fill=_INK)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def ticks(low: float, high: float) -> list[float]:
    """Round numbers that span low..high, about _TICKS of them; low < high."""
    rough = (high - low) / (_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


class _Axes:
    """From steps and losses to pixels."""

    def __init__(self, steps: Sequence[float], losses: Sequence[float]) -> None:
        self.x = ticks(0.0, max(*steps, 1.0))
        low, high = min(losses), max(losses)
        self.y = ticks(low, high if high > low else low + 1.0)

    def place(self, step: float, loss: float) -> tuple[float, float]:
        width, height = SIZE[0] - _LEFT - _RIGHT, SIZE[1] - _TOP - _BOTTOM
        across = (step - self.x[0]) / (self.x[-1] - self.x[0])
        up = (loss - self.y[0]) / (self.y[-1] - self.y[0])
        return _LEFT + across * width, _TOP + (1 - up) * height

    def draw(self, draw: ImageDraw) -> None:
        for value in self.y:
            x, y = self.place(self.x[0], value)
            draw.line(((x, y), (SIZE[0] - _RIGHT, y)), fill=_GRID)
            draw.text((x - 8, y), f"{value:g}", fill=_INK, anchor="rm")
        for value in self.x:
            x, y = self.place(value, self.y[0])
            draw.line(((x, y), (x, y + 5)), fill=_INK)
            draw.text((x, y + 10), f"{value:g}", fill=_INK, anchor="mt")
        draw.text((SIZE[0] / 2, SIZE[1] - 10), "optimizer step", fill=_INK, anchor="mb")
        draw.text((_LEFT - 8, _TOP - 22), "loss", fill=_INK, anchor="rm")
