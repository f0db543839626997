from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from tests.train import tiny
from vsfa_data.errors import UserError
from vsfa_data.train import lora, presets
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.loss import token_losses


@pytest.mark.parametrize("name", tiny.MODELS)
def test_only_the_language_model_takes_gradients(name: str) -> None:
    model, _ = tiny.MODELS[name]()
    _, preset = presets.choose(None, model.config)
    adapted = lora.attach(model, preset.lora_target, rank=4, alpha=8, dropout=0.0)
    found = lora.trainable(adapted)
    assert found.outside == []
    # Seven linear layers in each of two blocks.
    assert sum(found.groups.values()) == 14
    assert all("lora_" in n for n, p in adapted.named_parameters() if p.requires_grad)
    taking = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert found.parameters == taking < found.all_parameters


def test_layers_outside_the_language_model_are_named() -> None:
    model, _ = tiny.MODELS["llava"]()
    adapted = lora.attach(model, r".*\.(q_proj|linear_1)", rank=2, alpha=2, dropout=0.0)
    assert set(lora.trainable(adapted).outside) == {
        "model.vision_tower.encoder.layers.*.self_attn.q_proj",
        "model.multi_modal_projector.linear_1",
    }


def test_lora_weights_are_float32_on_a_bfloat16_base() -> None:
    model, _ = tiny.MODELS["llava"]()
    adapted = lora.attach(model.bfloat16(), r".*\.q_proj", rank=2, alpha=2, dropout=0.0)
    kinds = {p.dtype for p in adapted.parameters() if p.requires_grad}
    assert kinds == {torch.float32}


def test_a_target_that_meets_nothing_is_refused_with_names_that_there_are() -> None:
    model, _ = tiny.MODELS["llava"]()
    with pytest.raises(UserError, match=r"named like --lora-target 'nothing'. Some names: model\."):
        lora.attach(model, "nothing", rank=2, alpha=2, dropout=0.0)
    with pytest.raises(UserError, match=r"is no regular expression"):
        lora.matching(model, "(")


def test_without_casts_of_its_own_a_step_is_the_same_and_keeps_less(
    conversations: Sequence[Conversation],
) -> None:
    torch.manual_seed(0)
    base, processor = tiny.MODELS["qwen2_5_vl"]()
    target = r".*language_model.*\.[qkv]_proj"
    model = lora.attach(base.bfloat16(), target, rank=2, alpha=2, dropout=0.0)
    for name, weight in model.named_parameters():
        if "lora_B" in name:  # it starts at zero, and lora_A would have no gradient
            torch.nn.init.normal_(weight, std=0.1)
    batch = tiny.collator("qwen2_5_vl", processor)(conversations[:2])

    def step() -> tuple[dict[str, torch.Tensor], int]:
        kept: dict[int, int] = {}
        model.zero_grad()

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            held = tensor.untyped_storage()
            kept[held.data_ptr()] = held.nbytes()
            return tensor

        keeping = torch.autograd.graph.saved_tensors_hooks(keep, lambda held: held)
        with keeping, torch.autocast("cpu", torch.bfloat16):
            total, _ = token_losses(model, dict(batch), sparing=True)
        size = sum(kept.values())
        total.backward()
        return {n: p.grad for n, p in model.named_parameters() if p.grad is not None}, size

    expected, before = step()
    lora.spare_casts(model)
    found, now = step()
    assert now < before
    assert found.keys() == expected.keys()
    assert max(float(grad.abs().max()) for grad in expected.values()) > 0
    for name, grad in expected.items():
        assert torch.equal(found[name], grad), name
