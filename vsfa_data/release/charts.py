"""The card's charts: bars, drawn with Pillow alone. Equal manifests make equal bytes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Bars = Sequence[tuple[str, int]]

FUNNEL: Final = "charts/funnel.png"
CONTENT: Final = "charts/content.png"
NAMES: Final = (FUNNEL, CONTENT)
_WIDTH, _LABEL, _COUNT, _LINE, _BAR = 720, 240, 80, 22, 14
_MAX_BARS: Final = 30
_MAX_CHARS: Final = 32
_INK, _COLOUR = "#333333", "#4477aa"


def render(made: Manifest) -> dict[str, bytes]:
    """File name -> PNG."""
    steps = [(name, line) for name, line in made.funnel.items() if line.unit == "images"]
    funnel = [("listed", steps[0][1].taken)] if steps else []
    funnel += [(f"after {name}", line.kept) for name, line in steps]
    concepts = next((one.concepts for name, one in made.configs.items() if name == "threat"), {})
    return {
        FUNNEL: _draw([("Pictures, step by step", funnel)]),
        CONTENT: _draw(
            [
                ("Threat pictures by nearest concept", [*concepts.items()]),
                ("Questions by family", [*made.families.items()]),
            ]
        ),
    }


def _draw(charts: Sequence[tuple[str, Bars]]) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    shown = [(title, _shortened(bars)) for title, bars in charts if bars]
    height = sum(_LINE * (len(bars) + 2) for _, bars in shown) or _LINE
    image = Image.new("RGB", (_WIDTH, height), "white")
    draw = ImageDraw.Draw(image)
    draw.font = ImageFont.load_default(13)
    top = 0
    for title, bars in shown:
        draw.text((8, top + 4), title, fill=_INK)
        _bars(draw, bars, top + _LINE)
        top += _LINE * (len(bars) + 2)
    out = BytesIO()
    image.quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()


def _bars(draw: ImageDraw, bars: Bars, top: int) -> None:
    most = max(1, *(count for _, count in bars), 1)
    for number, (label, count) in enumerate(bars):
        y = top + number * _LINE
        draw.text((16, y + 2), label, fill=_INK)
        long = round((_WIDTH - _LABEL - _COUNT) * count / most)
        draw.rectangle((_LABEL, y + 4, _LABEL + max(long, 1), y + 4 + _BAR), fill=_COLOUR)
        draw.text((_LABEL + long + 8, y + 2), f"{count:,}", fill=_INK)


def _shortened(bars: Bars) -> list[tuple[str, int]]:
    """Labels that fit; beyond a readable number of bars the rest is summed up."""
    first, rest = bars[:_MAX_BARS], bars[_MAX_BARS:]
    more = [(f"{len(rest)} others", sum(count for _, count in rest))] if rest else []
    return [(_fit(label), count) for label, count in [*first, *more]]


def _fit(label: str) -> str:
    line = one_line(label)
    return line if len(line) <= _MAX_CHARS else line[: _MAX_CHARS - 3] + "..."
