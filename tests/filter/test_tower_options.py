"""Which way pixels are made."""

from __future__ import annotations

from typing import Any

import pytest

from vsfa_data.filter import resizing, tower_options
from vsfa_data.filter.tower_options import TowerOptions


@pytest.mark.parametrize(
    ("precision", "exact", "by_simd"),
    [
        ("fp32", None, False),
        ("bf16", None, True),
        ("fp16", None, True),
        ("fp32", False, True),
        ("bf16", True, False),
    ],
)
def test_simd_where_precision_is_given_up_anyway_or_wanted(
    precision: str, exact: Any, by_simd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = TowerOptions.model_validate({"precision": precision, "exact_pixels": exact})
    assert options.by_simd() == (by_simd and resizing.has_simd())
    monkeypatch.setattr(tower_options, "has_simd", lambda: False)
    assert not options.by_simd()
