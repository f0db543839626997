"""Rising lines through scores whose shares of threats are known."""

from __future__ import annotations

import numpy as np

from vsfa_data.filter import isotonic


def test_equal_scores_make_one_point_in_any_order() -> None:
    score, y = np.repeat([0.0, 1.0], 20), np.repeat([0.0, 1.0, 0.0, 1.0], [10, 10, 5, 15])
    found = isotonic.points(score, y, 0.5)
    assert [place for place, _ in found] == [0.0, 1.0]
    assert isotonic.points(score[::-1], y[::-1], 0.5) == found
