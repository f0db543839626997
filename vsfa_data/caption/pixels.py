"""What the pixels of a picture show without knowing what is in it.

Everything is measured on the picture scaled down to at most 128 px (box filter), so that noise
and the size of the file do not matter. Thresholds were set by looking at the pictures that ship
with the toolkit, at clip art and at photographs; what falls between them is None, not a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling

from vsfa_data.caption import colours

if TYPE_CHECKING:
    from PIL.Image import Image

Lab = NDArray[np.float64]
Mask = NDArray[np.bool_]

SIDE_PX: Final = 128
SQUARE_TOLERANCE: Final = 0.05
"""Sides that differ by no more than this share look square."""
DARK: Final = 0.42
"""Mean OKLab lightness below which a picture is dark (sRGB 77 is as light)."""
BRIGHT: Final = 0.72
"""Mean OKLab lightness from which a picture is bright (sRGB 165 is as light)."""
MIN_COLOUR_SHARE: Final = 0.10
"""Share from which a colour counts as one of the main ones."""
MOST: Final = 0.55
"""Share that the main colours must have together to be called the picture's colours."""
MAX_COLOURS: Final = 3
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
INNER: Final = 0.35
"""Share of a subject's pixels away from its outline below which its colours are not known."""
HOLLOW: Final = 0.30
"""Share of a subject that looks like the background above which its colours are not known."""
OFF_CENTRE: Final = 0.12
"""Distance between the centres of subject and frame, as a share of the side."""


@dataclass(frozen=True)
class Pixels:
    """What `look` finds. None is not known.

    `colours` are the main colours of the whole picture, background included, largest share
    first; `subject_colours` those of what stands before a plain background, where they can be told
    from it (a white teapot on white is not known).
    """

    colours: tuple[str, ...] | None
    subject_colours: tuple[str, ...] | None
    brightness: str | None
    orientation: str
    background: str | None
    framing: str | None


def look(image: Image) -> Pixels:
    """What the pixels of an RGB image show."""
    lab = _small(image)
    ground = plain_colour(lab)
    front = _front(lab, ground) if ground is not None else None
    return Pixels(
        colours=main_colours(lab.reshape(-1, 3)),
        subject_colours=subject_colours(lab, front) if front is not None else None,
        brightness=brightness(lab),
        orientation=orientation(image.width, image.height),
        background=background(lab, ground),
        framing=framing(front) if front is not None else None,
    )


def main_colours(lab: Lab) -> tuple[str, ...] | None:
    """Up to three colours with at least MIN_COLOUR_SHARE of OKLab pixels[n, 3], largest first.

    None if together they have less than MOST: then no few words say what colour it is.
    """
    found = list(colours.shares(lab).items())[:MAX_COLOURS]
    main = [(name, share) for name, share in found if share >= MIN_COLOUR_SHARE]
    return tuple(name for name, _ in main) if sum(share for _, share in main) >= MOST else None


def subject_colours(lab: Lab, front: Mask) -> tuple[str, ...] | None:
    """Main colours of what stands before a plain background, or None.

    Its outline is left out: there the picture's own smoothing mixes two colours. None where
    little else is left (thin lines) or where much of it is of the background's colour.
    """
    inner = front.copy()
    inner[1:] &= front[:-1]
    inner[:-1] &= front[1:]
    inner[:, 1:] &= front[:, :-1]
    inner[:, :-1] &= front[:, 1:]
    enclosed = ~(_outside(front) | front)
    whole = int(front.sum()) + int(enclosed.sum())
    if inner.sum() < INNER * front.sum() or enclosed.sum() > HOLLOW * whole:
        return None
    return main_colours(lab[inner])


def brightness(lab: Lab) -> str:
    """'dark', 'moderately bright' or 'bright', by the mean lightness."""
    mean = float(lab[..., 0].mean())
    return "dark" if mean < DARK else "bright" if mean >= BRIGHT else "moderately bright"


def orientation(width: int, height: int) -> str:
    """'landscape', 'portrait', or 'square' where the sides differ by at most 5%."""
    if max(width, height) <= min(width, height) * (1.0 + SQUARE_TOLERANCE):
        return "square"
    return "landscape" if width > height else "portrait"


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


def _small(image: Image) -> Lab:
    scale = min(1.0, SIDE_PX / max(image.size))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    return colours.to_oklab(np.asarray(image.resize(size, Resampling.BOX), dtype=np.uint8))


def _front(lab: Lab, ground: NDArray[np.float64]) -> Mask:
    front: Mask = _distance(lab, ground) > FOREGROUND
    return front


def _outside(front: Mask) -> Mask:
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
