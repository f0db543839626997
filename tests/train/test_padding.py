from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from tests.train import tiny
from tests.train.test_checkpointing import with_lora
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.loss import token_losses
from vsfa_data.train.padding import attend_without_mask


def learned(model: Any, batch: dict[str, Any]) -> tuple[Any, dict[str, Any], list[bool]]:
    """A step's loss, its gradients, and whether each causal attention was given a mask."""
    masked: list[bool] = []
    real = torch.nn.functional.scaled_dot_product_attention

    def attend(*args: Any, **given: Any) -> Any:
        if given.get("attn_mask") is not None or given.get("is_causal"):
            masked.append(given.get("attn_mask") is not None)
        return real(*args, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "scaled_dot_product_attention", attend)
        total, _ = token_losses(model.train(), batch, sparing=False)
    total.backward()
    return total, {name: p.grad for name, p in model.named_parameters() if p.requires_grad}, masked


@pytest.mark.parametrize("name", tiny.MODELS)
def test_without_a_mask_padded_conversations_teach_the_same(
    name: str, conversations: Sequence[Conversation]
) -> None:
    model, processor = with_lora(name)
    for parameter in model.parameters():
        if parameter.requires_grad:  # B starts at zero, and A would have no gradient to compare
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.manual_seed(1))
    short = Conversation("short", conversations[0].image, conversations[0].messages[:2])
    batch = tiny.collator(name, processor)([short, *conversations[1:3]])
    assert not batch["attention_mask"].all()
    expected, gradients, masked = learned(model, dict(batch))
    assert any(masked)
    model.zero_grad()
    gradients = {weight: one.clone() for weight, one in gradients.items()}
    assert attend_without_mask(model)
    assert not attend_without_mask(model)  # it does already
    found, same, unmasked = learned(model, dict(batch))
    assert unmasked
    assert sum(unmasked) < sum(masked)
    torch.testing.assert_close(found, expected)
    for weight, gradient in gradients.items():
        torch.testing.assert_close(same[weight], gradient, rtol=1e-4, atol=1e-6)
