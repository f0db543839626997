"""Few numbers of an image's cosines."""

from __future__ import annotations

import numpy as np
import pytest

from vsfa_data.filter.margins import NAMES, margins

COSINES = np.array([0.5, 0.4, 0.3, 0.1, 0.1])


def test_margins_by_hand() -> None:
    found = dict(zip(NAMES, margins(COSINES, 2, 1e-4), strict=True))
    assert found["margin"] == pytest.approx(0.2)
    assert found["prominence"] == pytest.approx(0.5 - 0.28)
    # Nearly no temperature: the maximum, save for the mean over how many there are.
    assert found["soft_margin"] == pytest.approx(0.2, abs=1e-3)


def test_a_warm_margin_counts_all_concepts() -> None:
    warm = margins(COSINES, 2, 100.0)[1]
    assert warm == pytest.approx(0.45 - 0.5 / 3, abs=1e-3)


def test_a_common_shift_changes_nothing() -> None:
    np.testing.assert_allclose(margins(COSINES + 0.3, 2, 0.05), margins(COSINES, 2, 0.05))
