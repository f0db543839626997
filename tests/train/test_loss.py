from __future__ import annotations

import pytest
import torch

from tests.train import tiny
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.loss import spares_logits, token_losses


@pytest.mark.parametrize("name", tiny.MODELS)
def test_sparing_logits_changes_nothing(name: str, conversations: list[Conversation]) -> None:
    model, processor = tiny.MODELS[name]()
    assert spares_logits(model)
    batch = tiny.collator(name, processor)(conversations[:3])
    spared, whole = (token_losses(model, batch, sparing=sparing) for sparing in (True, False))
    torch.testing.assert_close(spared, whole)
    own = model(**{key: value for key, value in batch.items() if key != "scored"}).loss
    torch.testing.assert_close(spared[0] / spared[1], own)


def test_a_model_that_makes_all_logits_is_told_apart() -> None:
    class Plain(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            return input_ids

    assert not spares_logits(Plain())
