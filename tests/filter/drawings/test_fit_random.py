from __future__ import annotations

import torch

from vsfa_data.filter.drawings.fit_random import Dice


def test_the_same_seed_draws_the_same_within_bounds() -> None:
    one, other = (Dice(500, "cpu", seed) for seed in (3, 3))
    colours = one.colour(0.0, 0.4)
    assert torch.equal(colours, other.colour(0.0, 0.4))
    assert colours.shape == (500, 3, 1, 1)
    assert colours.min() >= 0
    assert 0.4 <= colours.amax(1).min() < 0.45
    assert colours.max() <= 1
    assert 0.25 < one.often(0.3).mean() < 0.35
    assert not torch.equal(one.some(), other.some(2)[:, 0])


def test_places_follow_their_weights() -> None:
    rows = Dice(400, "cpu", 0).of(torch.tensor([0.0, 3.0, 1.0]))
    assert torch.bincount(rows, minlength=3)[0] == 0
    assert 0.65 < (rows == 1).float().mean() < 0.85
