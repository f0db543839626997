"""What keeps an image out whatever it shows."""

from __future__ import annotations

from tests.filter.test_verdicts import columns
from vsfa_data.filter.fitness import quality, unfit
from vsfa_data.recipe import FilterSection

ROWS = columns(
    *((name, "blades", 0.9) for name in "abcde"),
    license=["CC0-1.0", "CC-BY-4.0", None, "CC-BY-NC-4.0", "CC0-1.0"],
    contrast=[0.0, 0.02, 0.1, 0.0, 0.2],
    content=[0.0, 0.005, 0.001, 0.5, 0.5],
    sharpness=[0.0, 0.01, 0.3, 0.3, 0.009],
)


def test_the_first_thing_that_is_wrong_is_told() -> None:
    chosen = FilterSection(encoder="embedded")
    assert unfit(ROWS, chosen) == ["flat", None, "little_content", "flat", "blurred"]


def test_a_licence_goes_before_quality() -> None:
    chosen = FilterSection(encoder="embedded", licenses=("public-domain", "attribution"))
    assert unfit(ROWS, chosen) == ["flat", None, "license_policy", "license_policy", "blurred"]


def test_no_bounds_keep_all() -> None:
    chosen = FilterSection(encoder="embedded", min_contrast=0, min_content=0, min_sharpness=0)
    assert unfit(ROWS, chosen) == [None] * 5


def test_more_pixels_are_better_and_then_sharper_ones() -> None:
    rows = columns(("a", "b", 0.1), ("b", "b", 0.1), ("c", "b", 0.1), width=[9, 10, 10],
                   sharpness=[0.9, 0.1, 0.2])  # fmt: skip
    assert sorted(range(3), key=lambda at: quality(rows, at)) == [0, 1, 2]
