"""How many separate shapes stand before a plain background."""

from __future__ import annotations

from typing import Final

import numpy as np

from vsfa_data.caption.pixels.layout import Mask

COUNTS: Final = 0.004
"""Share of the picture from which a shape counts..."""
SPECK: Final = 0.0005
"""... and below which it is a speck. Where any is between the two, nothing is counted."""


def count(front: Mask) -> int | None:
    """Number of connected areas of `front` (touching at a corner is connected), or None."""
    areas = [area / front.size for area in _areas(front)]
    if any(SPECK <= area < COUNTS for area in areas):
        return None
    return sum(area >= COUNTS for area in areas) or None


def _areas(front: Mask) -> list[int]:
    """Pixels of each connected area: runs of a row are joined with those that they touch."""
    parent: list[int] = []
    size: list[int] = []

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    before: list[tuple[int, int, int]] = []
    for row in front:
        steps = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0)).tolist()
        runs = []
        for start, end in zip(steps[::2], steps[1::2], strict=True):
            at = len(parent)
            parent.append(at)
            size.append(end - start)
            for other_start, other_end, other in before:
                if other_start <= end and start <= other_end:
                    one, two = root(other), root(at)
                    if one != two:
                        parent[two] = one
                        size[one] += size[two]
            runs.append((start, end, at))
        before = runs
    return [size[at] for at in range(len(parent)) if parent[at] == at]
