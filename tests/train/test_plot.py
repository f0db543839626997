from __future__ import annotations

import math
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vsfa_data.train.plot import SIZE, loss_curve, ticks

TRAIN, VALIDATION = (68, 119, 170), (204, 102, 119)


@given(low=st.floats(-100, 100), size=st.floats(1e-6, 1e6))
def test_ticks_are_round_and_span_the_values(low: float, size: float) -> None:
    high = low + size
    if high <= low:
        return
    found = ticks(low, high)
    step = found[1] - found[0]
    assert found[0] <= low + step * 1e-6
    assert found[-1] >= high - step * 1e-6
    assert 2 <= len(found) <= 12
    leading = step / 10 ** math.floor(math.log10(step * 1.0001))
    assert any(math.isclose(leading, round_one, rel_tol=1e-3) for round_one in (1, 2, 5))


def colours(png: bytes) -> dict[tuple[int, ...], list[tuple[int, int]]]:
    image = Image.open(BytesIO(png))
    assert image.size == SIZE
    found: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for y in range(60, SIZE[1]):
        for x in range(SIZE[0]):
            found.setdefault(image.getpixel((x, y)), []).append((x, y))  # type: ignore[arg-type]
    return found


def test_a_falling_curve_falls_and_the_same_points_make_the_same_bytes() -> None:
    train = [(step, 5.0 - step / 10) for step in range(1, 21)]
    png = loss_curve(train, [(0, 5.0), (20, 3.5)], "threat, seed 0")
    assert png == loss_curve(train, [(0, 5.0), (20, 3.5)], "threat, seed 0")
    blue = colours(png)[TRAIN]
    left, right = min(blue), max(blue)
    assert right[0] - left[0] > 700
    assert right[1] - left[1] > 200


def test_one_point_and_none_are_drawn_too() -> None:
    assert TRAIN in colours(loss_curve([(1, 2.0)], [], "x"))
    only = colours(loss_curve([], [(0, 2.0), (9, 2.0)], "x"))
    assert VALIDATION in only
    assert TRAIN not in only
    loss_curve([], [], "x")
