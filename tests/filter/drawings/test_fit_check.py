from __future__ import annotations

import pytest
import torch

from vsfa_data.filter.drawings.fit_check import on_white, ranks


def test_ranks_count_what_is_nearer() -> None:
    names = torch.eye(8)
    vectors = torch.zeros(2, 8)
    vectors[0, 3] = 1.0  # its own name first
    vectors[1] = torch.arange(8.0)  # its own name third
    found = ranks(vectors, names, torch.tensor([3, 5]))
    assert found.first == pytest.approx(0.5)
    assert found.among_five == pytest.approx(1.0)
    assert found.reciprocal == pytest.approx((1 + 1 / 3) / 2)


def test_lines_are_black_on_white() -> None:
    planes = torch.zeros(2, 4, 224, 224, dtype=torch.uint8)
    planes[:, 0] = planes[:, 3] = 255
    planes[:, 3, :, 112:] = 0
    seen = on_white(planes, torch.tensor([True, False]))
    assert seen.shape == (2, 3, 260, 260)
    assert seen[0, :, 0, 0].tolist() == pytest.approx([-127 / 128] * 3)
    assert seen[1, :, 0, 0].tolist() == pytest.approx([1, -127 / 128, -127 / 128])
    assert seen[:, :, 0, -1].tolist() == [[1.0] * 3] * 2
