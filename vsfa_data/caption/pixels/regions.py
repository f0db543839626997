"""Parts of a picture compared with each other: halves, ninths, strips, subject and background.

Works on pictures as `pixels.look` scales them: OKLab float64[height, width, 3].
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vsfa_data.caption.pixels import colours
from vsfa_data.caption.pixels.layout import Lab, Mask

BRIGHTER: Final = 0.12
"""Difference in mean lightness from which one half is clearly the brighter one."""
AS_BRIGHT: Final = 0.02
"""Difference up to which nobody could tell which one is."""
BUSIER: Final = 1.8
"""By how much more detail a half has that clearly has more."""
STANDS_OUT: Final = 0.06
"""Lightness by which the brightest ninth exceeds the next one where it can be named."""
HALF: Final = 0.5
"""Share of a part that the subject must fill for it to be called the brightest."""
ONE_COLOUR: Final = 0.85
"""Share of a region that has one colour from which the region is of that colour."""
TONE: Final = 0.15
"""Difference in lightness from which a subject is darker or lighter than its background."""
LONGER: Final = 1.25
"""Longer over shorter side of a subject from which it is wide or tall."""
AS_LONG: Final = 1.08
"""The same, up to which it is about as wide as tall."""
RATIOS: Final = {"1:1": 1.0, "5:4": 1.25, "4:3": 4 / 3, "3:2": 1.5, "16:9": 16 / 9, "2:1": 2.0}
NINTHS: Final = (
    *("upper left", "top", "upper right"),
    *("left", "centre", "right"),
    *("lower left", "bottom", "lower right"),
)


class Halves(NamedTuple):
    """'left', 'right', 'top', 'bottom'; 'neither' where both halves are as bright."""

    brighter_side: str | None
    brighter_end: str | None
    busier_side: str | None


def halves(lab: Lab) -> Halves:
    """The halves of a picture compared; an odd row or column in the middle belongs to none."""
    width, height = lab.shape[1] // 2, lab.shape[0] // 2
    left, right = lab[:, :width], lab[:, -width:]
    return Halves(
        _brighter(left, right, "left", "right"),
        _brighter(lab[:height], lab[-height:], "top", "bottom"),
        _busier(left, right),
    )


def _brighter(one: Lab, other: Lab, first: str, second: str) -> str | None:
    more = float(one[..., 0].mean() - other[..., 0].mean())
    if abs(more) >= BRIGHTER:
        return first if more > 0 else second
    return "neither" if abs(more) <= AS_BRIGHT else None


def _busier(left: Lab, right: Lab) -> str | None:
    one, other = _detail(left), _detail(right)
    if max(one, other) < BUSIER * min(one, other) or max(one, other) < 0.005:
        return None
    return "left" if one > other else "right"


def _detail(part: Lab) -> float:
    across = np.linalg.norm(np.diff(part, axis=1), axis=-1).mean()
    down = np.linalg.norm(np.diff(part, axis=0), axis=-1).mean()
    return float(across + down) / 2.0


def brightest_part(lab: Lab, front: Mask | None) -> str | None:
    """Which of nine equal parts is clearly brighter than each of the others.

    None for a part that is mostly plain background: less of the subject is there, nothing more.
    """
    means = [float(part.mean()) for part in _ninths(lab[..., 0])]
    *_, second, first = sorted(means)
    at = means.index(first)
    if first - second < STANDS_OUT or (front is not None and _ninths(front)[at].mean() < HALF):
        return None
    return NINTHS[at]


def _ninths(values: NDArray[Any]) -> list[NDArray[Any]]:
    rows = np.array_split(values, 3, axis=0)
    return [part for row in rows for part in np.array_split(row, 3, axis=1)]


def colour_of(region: Lab) -> str | None:
    """The one colour that nearly all of a region has."""
    found = colours.shares(region.reshape(-1, 3))
    name, share = next(iter(found.items()))
    return name if share >= ONE_COLOUR else None


def centre(lab: Lab) -> Lab:
    """The middle of a picture: an eighth of its width and height, at least two pixels."""
    high, wide = (max(2, side // 8) for side in lab.shape[:2])
    top, left = (lab.shape[0] - high) // 2, (lab.shape[1] - wide) // 2
    return lab[top : top + high, left : left + wide]


def proportions(width: int, height: int) -> str | None:
    """'4:3' or another common ratio of width to height, right to one in a hundred."""
    ratio = max(width, height) / min(width, height)
    for name, exact in RATIOS.items():
        if abs(ratio / exact - 1.0) <= 0.01:
            return name if width >= height else ":".join(reversed(name.split(":")))
    return None


def subject_tone(lab: Lab, front: Mask) -> str | None:
    """'darker' or 'lighter' than the plain background."""
    more = float(lab[front][:, 0].mean() - lab[~front][:, 0].mean()) if not front.all() else 0.0
    return None if abs(more) < TONE else "lighter" if more > 0 else "darker"


def subject_shape(front: Mask) -> str | None:
    """'wider than tall', 'taller than wide' or 'about as wide as tall'."""
    wide, tall = (int(np.ptp(np.flatnonzero(front.any(axis=axis)))) + 1 for axis in (0, 1))
    if wide >= LONGER * tall:
        return "wider than tall"
    if tall >= LONGER * wide:
        return "taller than wide"
    return "about as wide as tall" if max(wide, tall) <= AS_LONG * min(wide, tall) else None
