"""Clusters by hashes and by marks."""

from __future__ import annotations

from vsfa_data.filter.duplicates import clusters

ONE, OTHER = bytes(range(128)), bytes(range(127, -1, -1))
COLUMNS = {
    "phash": ["00", "ff", "01", "ffff0000ffff0000", "0f0f0f0f0f0f0f0f"],
    "mark": [ONE, OTHER, OTHER, ONE, bytes([9, *range(1, 128)])],
}


def test_hashes_alone() -> None:
    assert clusters(COLUMNS, None) == [0, 1, 0, 3, 4]


def test_hashes_and_marks_chain() -> None:
    assert clusters(COLUMNS, 0.99) == [0] * 5
    apart = {**COLUMNS, "phash": [f"{number * 0x1111111111111111:016x}" for number in range(5)]}
    assert clusters(apart, None) == [0, 1, 2, 3, 4]
    assert clusters(apart, 0.99) == [0, 1, 1, 0, 0]


def test_no_image() -> None:
    assert clusters({"phash": [], "mark": []}, 0.95) == []
