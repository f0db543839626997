from __future__ import annotations

import torch

from tests.filter.drawings.conftest import RING, SWORD
from vsfa_data.filter.drawings.fit_augment import augmented
from vsfa_data.filter.drawings.fit_pixels import SIDE_PX, pixels, render
from vsfa_data.filter.drawings.fit_random import Dice


def test_icons_become_many_pictures_on_whole_ground() -> None:
    icons = [render(body, (0, 0, 16, 16)) for body in (RING, SWORD)]
    drawn = [pixels(icon) for icon in icons if icon]
    planes = torch.stack([torch.from_numpy(one.planes) for one in drawn if one]).repeat(8, 1, 1, 1)
    lines = torch.tensor([one.lines for one in drawn if one]).repeat(8)
    seen = augmented(planes, lines, Dice(16, "cpu", 1))
    assert seen.shape == (16, 3, SIDE_PX, SIDE_PX)
    assert seen.dtype == torch.float32
    assert torch.isfinite(seen).all()
    assert -1 <= seen.min() < -0.5
    assert 0.9 < seen.max() <= 1
    assert torch.equal(seen, augmented(planes, lines, Dice(16, "cpu", 1)))
    apart = (seen[:, None] - seen[None]).abs().mean((2, 3, 4))
    assert (apart + torch.eye(16)).min() > 0.05  # no two are alike
    # What is drawn is still there: the middle of the sword differs from most of its ground.
    assert (seen[1::2, :, 108:116, 108:116].std((2, 3)).mean()) < seen[1::2].std((2, 3)).mean()
