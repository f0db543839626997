from __future__ import annotations

import pytest
import torch

from vsfa_data.filter.drawings import fit_plates
from vsfa_data.filter.drawings.fit_pixels import SIDE_PX
from vsfa_data.filter.drawings.fit_random import Dice


def test_a_drawing_stands_out_from_its_plate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_plates, "SHARE", 1.0)
    n = 24
    opacity = torch.zeros(n, 1, SIDE_PX, SIDE_PX)
    opacity[:, :, 20:204, 20:204] = 1
    colours, lines = torch.full((n, 3, SIDE_PX, SIDE_PX), 0.5), torch.ones(n, 1, 1, 1)
    made, plate = fit_plates.plated(colours, opacity, opacity, lines, Dice(n, "cpu", 0))
    assert ((made >= 0) & (made <= 1)).all()
    assert set(plate.unique().tolist()) == {0.0, 1.0}
    share = plate.mean((1, 2, 3))
    assert len({round(float(one), 3) for one in share}) == 5  # five shapes
    assert 0.2 < share.min() < share.max() < 0.85
    middle = made[:, :, 112, 112]
    corner = torch.stack(
        [one[:, (where[0] > 0)][:, 0] for one, where in zip(made, plate, strict=True)]
    )
    assert ((middle - corner).abs().amax(1) > 0.15).float().mean() > 0.7


def test_most_icons_have_none() -> None:
    n = 200
    opacity, colours = torch.ones(n, 1, SIDE_PX, SIDE_PX), torch.zeros(n, 3, SIDE_PX, SIDE_PX)
    lines = torch.zeros(n, 1, 1, 1)
    made, plate = fit_plates.plated(colours, opacity, opacity * 0, lines, Dice(n, "cpu", 0))
    plain = (plate == 1).all(3).all(2).all(1)
    assert 0.8 < plain.float().mean() < 0.92
    assert (made[plain] == 0).all()
