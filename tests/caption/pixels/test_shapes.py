"""Connected areas, counted where none is a speck or too small to tell."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vsfa_data.caption.pixels import shapes


def mask(*boxes: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    made = np.zeros((100, 100), dtype=np.bool_)
    for top, left, bottom, right in boxes:
        made[top:bottom, left:right] = True
    return made


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], None),
        ([(10, 10, 30, 30)], 1),
        ([(10, 10, 30, 30), (50, 50, 70, 70)], 2),
        ([(10, 10, 30, 30), (30, 30, 50, 50)], 1),  # they touch at a corner
        ([(10, 10, 30, 30), (60, 60, 61, 63)], 1),  # a speck
        ([(10, 10, 30, 30), (60, 60, 65, 64)], None),  # neither a speck nor a shape
        ([(10, 10, 60, 15), (10, 40, 60, 45), (55, 10, 60, 45)], 1),  # a U: joined at the end
    ],
)
def test_shapes_are_counted(boxes: list[tuple[int, int, int, int]], expected: int | None) -> None:
    assert shapes.count(mask(*boxes)) == expected


def test_a_comb_is_one_shape_whichever_way_it_lies() -> None:
    teeth = mask(*((0, at, 80, at + 5) for at in range(0, 100, 10)), (75, 0, 80, 100))
    for turns in range(4):
        assert shapes.count(np.rot90(teeth, turns)) == 1
