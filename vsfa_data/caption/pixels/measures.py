"""More of what the pixels show: tones, contrast, detail, symmetry, halves, quantities.

Works on pictures as `pixels.look` scales them: OKLab float64[height, width, 3]. Each measure has
two limits with a gap between them; what falls into the gap is None, not a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.caption.pixels import colours, regions, shapes
from vsfa_data.caption.pixels.layout import Lab, Mask

COLOURLESS: Final = 0.015
"""OKLab chroma up to which a pixel is grey..."""
COLOURED: Final = 0.06
"""... and from which nobody would call it grey."""
COLOURED_SHARE: Final = 0.08
"""Share of such pixels from which a picture is in colour."""
TONED_SHARE: Final = 0.15
"""Share of coloured pixels from which a picture has warm or cool tones."""
ONE_SIDED: Final = 0.85
"""Share of the chroma that is warm (or cool) from which the tones are."""
CONTRAST: Final = (0.30, 0.40, 0.60, 0.70)
"""Lightness between the darkest and the brightest twentieth: low up to the first, high from the
last, moderate between the middle ones."""
EVEN: Final = 0.01
"""OKLab difference of neighbours that nobody sees."""
EVEN_SHARE: Final = (0.25, 0.80)
"""Share of such neighbours: up to the first all is detail, from the second most is even."""
MIRRORED: Final = (0.15, 0.60)
"""Difference from the mirror image over the spread of the colours: symmetrical, or not at all."""
SPREAD: Final = 0.03
"""Mean OKLab distance from the mean colour below which a picture is too empty to be symmetrical."""
SHARES: Final = (
    ("about a quarter", 0.23, 0.27),
    ("about a third", 0.31, 0.355),
    ("about half", 0.47, 0.53),
    ("about two thirds", 0.645, 0.69),
    ("about three quarters", 0.73, 0.77),
    ("nearly all", 0.95, 1.0),
)
"""Words for a share of the picture, each with the bounds within which it is right."""
TENTH: Final = (0.09, 0.10, 0.11)
"""A colour counts from the middle one; where any is between the outer ones, nothing is counted."""
CLOSE: Final[dict[str, tuple[str, ...]]] = {
    "red": ("orange", "pink", "brown", "purple"),
    "yellow": ("orange", "beige", "green"),
    "green": ("yellow", "turquoise"),
    "blue": ("turquoise", "purple"),
    "purple": ("blue", "pink", "red"),
    "pink": ("red", "purple", "beige"),
    "orange": ("red", "yellow", "brown", "beige", "pink"),
}
"""Colours that may be asked after -> those that some people call by that name."""
CLOSE_SHARE: Final = 0.01
"""Share of close colours from which it is not said that a colour is absent."""
NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True)
class Measures:
    """What `measure` finds, in the words of tables.FACTS. None is not known."""

    subject_colours: tuple[str, ...] | None = None
    absent_colours: tuple[str, ...] | None = None
    colour_share: str | None = None
    colour_count: str | None = None
    colour_mode: str | None = None
    tones: str | None = None
    contrast: str | None = None
    texture: str | None = None
    symmetry: str | None = None
    proportions: str | None = None
    brighter_side: str | None = None
    brighter_end: str | None = None
    brightest_part: str | None = None
    busier_side: str | None = None
    top_colour: str | None = None
    bottom_colour: str | None = None
    centre_colour: str | None = None
    subject_tone: str | None = None
    subject_shape: str | None = None
    shapes: str | None = None


def measure(lab: Lab, size: tuple[int, int], front: Mask | None) -> Measures:
    """All of it. `front` is where something stands before a plain background, None without one."""
    found = colours.shares(lab.reshape(-1, 3))
    halves = regions.halves(lab)
    there = front is not None and bool(front.any())
    count = shapes.count(front) if front is not None and there else None
    return Measures(
        absent_colours=absent_colours(found),
        colour_share=in_words(max(found.values())),
        colour_count=colour_count(found),
        colour_mode=colour_mode(lab),
        tones=tones(lab),
        contrast=contrast(lab),
        texture=texture(lab),
        symmetry=symmetry(lab),
        proportions=regions.proportions(*size),
        brighter_side=halves.brighter_side,
        brighter_end=halves.brighter_end,
        brightest_part=regions.brightest_part(lab, front),
        busier_side=halves.busier_side,
        top_colour=regions.colour_of(lab[: max(2, len(lab) // 8)]),
        bottom_colour=regions.colour_of(lab[-max(2, len(lab) // 8) :]),
        centre_colour=regions.colour_of(regions.centre(lab)),
        subject_tone=regions.subject_tone(lab, front) if front is not None and there else None,
        subject_shape=regions.subject_shape(front) if front is not None and there else None,
        shapes=NUMBERS[count] if count is not None and count < len(NUMBERS) else None,
    )


def absent_colours(found: dict[str, float]) -> tuple[str, ...] | None:
    """Colours of which no pixel is, nor more than a few of a colour that is close."""
    absent = (
        name
        for name, close in CLOSE.items()
        if not found.get(name) and sum(found.get(other, 0.0) for other in close) < CLOSE_SHARE
    )
    return tuple(absent) or None


def in_words(share: float) -> str | None:
    """Roughly how much of the picture that is, where a plain word is right."""
    return next((words for words, low, high in SHARES if low <= share <= high), None)


def colour_count(found: dict[str, float]) -> str | None:
    """How many colours have at least a tenth of the picture each, in words."""
    low, tenth, high = TENTH
    if any(low <= share < high for share in found.values()):
        return None
    count = sum(share >= tenth for share in found.values())
    return NUMBERS[count] if 0 < count < len(NUMBERS) else None


def colour_mode(lab: Lab) -> str | None:
    """'in colour', or 'without colour' where every pixel but a few strays is grey."""
    chroma = _chroma(lab)
    if (chroma > COLOURED).mean() >= COLOURED_SHARE:
        return "in colour"
    return "without colour" if (chroma <= COLOURLESS).mean() >= 0.999 else None


def tones(lab: Lab) -> str | None:
    """'warm' (pink to yellow) or 'cool' (turquoise to violet), where nearly all colour is."""
    chroma = _chroma(lab)
    strong = chroma > COLOURED
    if strong.mean() < TONED_SHARE:
        return None
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))[strong] % 360.0
    weight = chroma[strong] / chroma[strong].sum()
    if weight[(hue < 112.0) | (hue > 345.0)].sum() >= ONE_SIDED:
        return "warm"
    return "cool" if weight[(hue > 165.0) & (hue < 305.0)].sum() >= ONE_SIDED else None


def contrast(lab: Lab) -> str | None:
    """'low', 'moderate' or 'high': how far apart dark and bright are."""
    dark, bright = np.quantile(lab[..., 0], (0.05, 0.95))
    low, moderate, most, high = CONTRAST
    range_ = float(bright - dark)
    if range_ <= low:
        return "low"
    return "high" if range_ >= high else "moderate" if moderate <= range_ <= most else None


def texture(lab: Lab) -> str | None:
    """'even' where most neighbours look the same, 'fine' where hardly any do."""
    across = np.linalg.norm(np.diff(lab, axis=1), axis=-1).ravel()
    down = np.linalg.norm(np.diff(lab, axis=0), axis=-1).ravel()
    share = float((np.concatenate([across, down]) <= EVEN).mean())
    fine, even = EVEN_SHARE
    return "even" if share >= even else "fine" if share <= fine else None


def symmetry(lab: Lab) -> str | None:
    """'symmetrical' or 'not symmetrical', left against right."""
    spread = float(np.linalg.norm(lab - lab.mean((0, 1)), axis=-1).mean())
    if spread < SPREAD:
        return None
    apart = float(np.linalg.norm(lab - lab[:, ::-1], axis=-1).mean()) / spread
    same, other = MIRRORED
    return "symmetrical" if apart <= same else "not symmetrical" if apart >= other else None


def _chroma(lab: Lab) -> NDArray[np.float64]:
    chroma: NDArray[np.float64] = np.hypot(lab[..., 1], lab[..., 2])
    return chroma
