from __future__ import annotations

from tests.collect.recipes import of_folder
from vsfa_data.collect.normalised import Limits


def test_limits_are_those_of_the_recipe() -> None:
    chosen = of_folder("x", min_side_px=17, max_side_px=99, max_aspect=3.0, max_pixels=1234)
    assert Limits.of(chosen.collect) == Limits(17, 99, 3.0, 1234)
