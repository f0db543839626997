"""Standardised mean differences."""

from __future__ import annotations

import numpy as np
import pytest

from tests.filter.test_matching import table
from vsfa_data.filter import balance


def test_a_difference_is_told_in_standard_deviations() -> None:
    threat, control = np.array([[1.0], [3.0]]), np.array([[0.0], [2.0]])
    by = balance.spread(threat, control)
    assert by.tolist() == [1.0]
    assert balance.differences(threat, control, by).tolist() == [1.0]


def test_groups_that_do_not_vary() -> None:
    threat, control = np.array([[1.0, 5.0]] * 2), np.array([[0.0, 5.0]] * 2)
    by = balance.spread(threat, control)
    assert balance.differences(threat, control, by).tolist() == [2.0, 0.0]


def test_each_value_of_a_kind_is_a_covariate_of_its_own() -> None:
    found = balance.levels(
        table(3, style=["photo", "photo", "drawing"], license=["MIT", None, "BSD"])
    )
    assert found.names[:5] == ("size", "aspect", "brightness", "colourfulness", "detail")
    assert found.names[5:] == (
        "license_class=attribution", "license_class=unknown", "style=photo", "style=drawing",
    )  # fmt: skip
    assert found.values[:, 7].tolist() == [1.0, 1.0, 0.0]


def test_rare_values_are_told_together() -> None:
    count = 40
    found = balance.levels(table(count, source=[f"s{number:02d}" for number in range(count)]))
    assert found.names[-1] == "source=other"
    assert found.values[:, -1].sum() == count - balance.MAX_LEVELS
    assert len(found.names) == 5 + balance.MAX_LEVELS + 1


def test_no_image_has_no_levels() -> None:
    assert balance.levels(table(0)).values.shape == (0, 5)


@pytest.mark.parametrize("side", [0, 1])
def test_size_counts_by_its_logarithm(side: int) -> None:
    sizes = [(100, 100), (100, 100)]
    sizes[side] = (200, 200)
    given = table(2, width=[w for w, _ in sizes], height=[h for _, h in sizes])
    size = balance.numbers(given)["size"]
    assert abs(size[0] - size[1]) == pytest.approx(np.log(4))
