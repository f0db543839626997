from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.train import tiny
from tests.train.test_checkpointing import with_lora
from vsfa_data.train import checkpointing, lora
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.lora_sum import add_at_once
from vsfa_data.train.loss import token_losses


@pytest.mark.parametrize(("bias", "changed"), [(False, 1), (True, 0)])
def test_a_layer_with_a_bias_of_lora_s_own_keeps_it(*, bias: bool, changed: int) -> None:
    config = LoraConfig(r=2, target_modules=["0"], lora_bias=bias)
    model = get_peft_model(torch.nn.Sequential(torch.nn.Linear(3, 3)), config)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, generator=torch.manual_seed(1))
    x = torch.ones(1, 3)
    expected = model(x)
    assert add_at_once(model) == changed
    torch.testing.assert_close(model(x), expected)


@pytest.mark.parametrize("autocast", [False, True])
def test_a_step_is_that_of_peft_but_for_rounding(
    conversations: Sequence[Conversation], *, autocast: bool
) -> None:
    model, processor = with_lora("qwen2_5_vl")
    weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
    for weight in weights.values():
        torch.nn.init.normal_(weight, std=0.1, generator=torch.manual_seed(1))
    if autocast:
        lora.spare_casts(model)
    checkpointing.enable(model)
    batch = tiny.collator("qwen2_5_vl", processor)(conversations[:2])

    def step() -> tuple[Any, dict[str, Any]]:
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            total, _ = token_losses(model.train(), dict(batch), sparing=True)
        total.backward()
        return total.detach(), {name: p.grad for name, p in weights.items()}

    expected, gradients = step()
    assert add_at_once(model) == 14
    assert add_at_once(model) == 0  # they do already
    found, same = step()
    assert not torch.equal(found, expected) or not autocast
    rtol, atol = (0.1, 0.02) if autocast else (1e-4, 1e-6)
    torch.testing.assert_close(found, expected, rtol=5e-3 if autocast else 1e-5, atol=0.0)
    for name, gradient in gradients.items():
        scale = float(gradient.abs().max())
        assert scale > 0
        torch.testing.assert_close(same[name] / scale, gradient / scale, rtol=rtol, atol=atol)
