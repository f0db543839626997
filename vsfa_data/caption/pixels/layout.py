"""How a picture is laid out: its background, and where what stands before it lies.

Works on pictures as `pixels.look` scales them: OKLab float64[height, width, 3]. Thresholds were
set by looking at the pictures that ship with the toolkit, at clip art and at photographs; what
falls between them is None, not a guess.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.caption.pixels import colours

Lab = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAME: Final = 0.06
"""OKLab distance up to which border pixels of a photographed plain surface look the same."""
FLAT: Final = 0.015
"""OKLab distance up to which pixels of a drawn, unshaded surface are the same."""
PLAIN_SHARE: Final = 0.92
"""Share of the border that is the same on a plain background."""
FLAT_SHARE: Final = 0.60
"""Share of the border that is flat where the subject is cut off by the frame..."""
FLAT_SIDE_SHARE: Final = 0.25
"""... and share of each side, so that a flat sky is no plain background."""
DETAIL: Final = 0.035
"""Mean OKLab difference of neighbouring pixels near the border from which it is detailed."""
FOREGROUND: Final = 0.10
"""OKLab distance from a plain background at which something else begins."""
MARGIN: Final = 0.03
"""Share of the frame's side that is seen as a margin."""
FILLS: Final = 0.90
"""Share of width and of height that a subject filling the frame spans."""
SMALL: Final = 0.40
"""Share of width and of height that a small subject stays within."""
SOLID: Final = 0.15
"""Share of its bounding box that a subject covers which can be said to fill the frame."""
OFF_CENTRE: Final = 0.12
"""Distance between the centres of subject and frame, as a share of the side."""


def plain_colour(lab: Lab) -> NDArray[np.float64] | None:
    """OKLab colour of a plain background, or None if the border is not of one colour.

    Plain is a border that is the same colour nearly all around (SAME, PLAIN_SHARE), as behind a
    photographed object, or exactly the same for most of it and on each side (FLAT, FLAT_SHARE,
    FLAT_SIDE_SHARE), as behind a drawing that touches the frame.
    """
    sides = [lab[0], lab[-1], lab[:, 0], lab[:, -1]]
    border = np.concatenate(sides)
    colour: NDArray[np.float64] = np.median(border, axis=0)
    if (_distance(border, colour) <= SAME).mean() >= PLAIN_SHARE:
        return colour
    flat = [float((_distance(side, colour) <= FLAT).mean()) for side in sides]
    whole = float((_distance(border, colour) <= FLAT).mean())
    return colour if whole >= FLAT_SHARE and min(flat) >= FLAT_SIDE_SHARE else None


def background(lab: Lab, ground: NDArray[np.float64] | None) -> str | None:
    """'plain white' (or another colour), 'detailed', or None for what is neither."""
    if ground is not None:
        return f"plain {colours.names_of(ground[None])[0]}"
    depth = max(2, round(min(lab.shape[:2]) * 0.08))
    strips = (lab[:depth], lab[-depth:], lab[:, :depth], lab[:, -depth:])
    details = [_detail(strip) for strip in strips]
    # Three of four sides: a plain sky above a busy scene does not make it less busy.
    return "detailed" if sorted(details)[1] >= DETAIL else None


def foreground(lab: Lab, ground: NDArray[np.float64]) -> Mask:
    """Where the picture differs from the colour of its plain background."""
    front: Mask = _distance(lab, ground) > FOREGROUND
    return front


def framing(front: Mask) -> str | None:
    """How what stands before a plain background lies in the frame, or None.

    'fills the frame', 'small in the frame', 'off-centre to the left' (right, top, bottom),
    'centred with a margin'. None if there is nothing, or if it spans only one direction.
    """
    if not front.any():
        return None
    low_x, high_x = _extent(front.max(axis=0))
    low_y, high_y = _extent(front.max(axis=1))
    spans = (high_x - low_x, high_y - low_y)
    if min(spans) >= FILLS:
        return "fills the frame" if front.mean() >= SOLID * spans[0] * spans[1] else None
    if max(spans) <= SMALL:
        return "small in the frame"
    right, down = (low_x + high_x - 1.0) / 2.0, (low_y + high_y - 1.0) / 2.0
    if max(abs(right), abs(down)) > OFF_CENTRE:
        if abs(right) >= abs(down):
            return f"off-centre to the {'right' if right > 0 else 'left'}"
        return f"off-centre to the {'bottom' if down > 0 else 'top'}"
    margins = (low_x, low_y, 1.0 - high_x, 1.0 - high_y)
    return "centred with a margin" if min(margins) >= MARGIN else None


def outside(front: Mask) -> Mask:
    """Pixels that can be reached from the frame without crossing `front`."""
    ring = np.ones_like(front)
    ring[1:-1, 1:-1] = False
    found: Mask = ring & ~front
    while True:
        wider = found.copy()
        wider[1:] |= found[:-1]
        wider[:-1] |= found[1:]
        wider[:, 1:] |= wider[:, :-1]
        wider[:, :-1] |= wider[:, 1:]
        wider &= ~front
        if (wider == found).all():
            return found
        found = wider


def _distance(lab: Lab, colour: NDArray[np.float64]) -> NDArray[np.float64]:
    distance: NDArray[np.float64] = np.linalg.norm(lab - colour, axis=-1)
    return distance


def _detail(strip: Lab) -> float:
    across = np.linalg.norm(np.diff(strip, axis=1), axis=-1).mean()
    down = np.linalg.norm(np.diff(strip, axis=0), axis=-1).mean()
    return float(across + down) / 2.0


def _extent(there: Mask) -> tuple[float, float]:
    """Where the first and the last True lie, as shares of the length (0..1)."""
    at = np.flatnonzero(there)
    return float(at[0]) / len(there), float(at[-1] + 1) / len(there)
