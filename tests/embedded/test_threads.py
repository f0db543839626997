from __future__ import annotations

from tests.embedded.sample import picture
from vsfa_data import embedded


def test_threads_are_left_as_they_were() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        embedded.classifier().probabilities([picture("animals-duck.jpg")])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
