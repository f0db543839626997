from __future__ import annotations

import torch

from vsfa_data.embedded_vlm.config import TowerConfig
from vsfa_data.embedded_vlm.tower import Tower


def test_training_does_not_move_it() -> None:
    torch.manual_seed(0)
    tower = Tower(TowerConfig(architecture="test_efficientnet", hidden_size=7, image_size=32))
    before = {name: value.clone() for name, value in tower.state_dict().items()}
    pixels = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        scores = tower.eval()(pixels).last_hidden_state
        again = tower.train()(pixels).last_hidden_state
    assert scores.shape == (3, 1, 7)
    assert torch.equal(scores, again)
    for name, value in tower.state_dict().items():
        assert torch.equal(value, before[name]), name
