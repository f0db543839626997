"""What the pixels of a picture show without knowing what is in it.

Everything is measured on the picture scaled down to at most 128 px (box filter), so that noise
and the size of the file do not matter. Thresholds were set by looking at the pictures that ship
with the toolkit, at clip art and at photographs; what falls between them is None, not a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL.Image import Resampling

from vsfa_data.caption.pixels import colours, layout, measures
from vsfa_data.caption.pixels.layout import Lab, Mask
from vsfa_data.caption.pixels.measures import Measures

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE_PX: Final = 128
SQUARE_TOLERANCE: Final = 0.05
"""Sides that differ by no more than this share look square."""
DARK: Final = 0.42
"""Mean OKLab lightness below which a picture is dark (sRGB 77 is as light)."""
BRIGHT: Final = 0.72
"""Mean OKLab lightness from which a picture is bright (sRGB 165 is as light)."""
MIN_COLOUR_SHARE: Final = 0.10
"""Share from which a colour counts as one of the main ones."""
MOST: Final = 0.65
"""Share that the main colours must have together to be called the picture's colours."""
MAX_COLOURS: Final = 3
INNER: Final = 0.35
"""Share of a subject's pixels away from its outline below which its colours are not known."""
HOLLOW: Final = 0.30
"""Share of a subject that looks like the background above which its colours are not known."""


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
    measures: Measures = field(default_factory=Measures)


def look(image: Image) -> Pixels:
    """What the pixels of an RGB image show."""
    lab = _small(image)
    ground = layout.plain_colour(lab)
    front = layout.foreground(lab, ground) if ground is not None else None
    subject = subject_colours(lab, front) if front is not None else None
    return Pixels(
        colours=main_colours(lab.reshape(-1, 3)),
        subject_colours=subject,
        brightness=brightness(lab),
        orientation=orientation(image.width, image.height),
        background=layout.background(lab, ground),
        framing=layout.framing(front) if front is not None else None,
        measures=replace(measures.measure(lab, image.size, front), subject_colours=subject),
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
    enclosed = ~(layout.outside(front) | front)
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


def _small(image: Image) -> Lab:
    scale = min(1.0, SIDE_PX / max(image.size))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    return colours.to_oklab(np.asarray(image.resize(size, Resampling.BOX), dtype=np.uint8))
