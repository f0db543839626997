from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from tests.train import tiny
from vsfa_data.train import checkpointing, lora, presets
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.loss import token_losses

# One of each way to name vision tower and language model.
STACKS = {
    "llava": ("vision_tower", "language_model"),
    "qwen2_5_vl": ("visual", "language_model"),
    "idefics3": ("vision_model", "text_model"),
}


def with_lora(name: str) -> tuple[Any, Any]:
    torch.manual_seed(0)
    model, processor = tiny.MODELS[name]()
    model.requires_grad_(False)
    _, preset = presets.choose(None, model.config)
    return lora.attach(model, preset.lora_target, rank=2, alpha=4, dropout=0.0), processor


def gradients(model: Any, batch: dict[str, Any]) -> tuple[dict[str, Any], Counter[str], set[str]]:
    """Gradients of a step, how often each layer of a stack was computed, and who has a way back."""
    computed: Counter[str] = Counter()
    ways_back: set[str] = set()

    def look(name: str, output: Any) -> None:
        if (output[0] if isinstance(output, tuple) else output).requires_grad:
            ways_back.add(name)

    for name, module in model.named_modules():
        if name.rpartition(".")[2].isdecimal() and (parts := list(module.children())):
            module.register_forward_hook(lambda *given, name=name: look(name, given[-1]))
            # Hooks of a layer itself stay outside of what is computed again; its parts' do not.
            parts[0].register_forward_pre_hook(lambda *_, name=name: computed.update([name]))
    model.train()
    total, _ = token_losses(model, batch, sparing=False)
    total.backward()
    found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return found, computed, ways_back


@pytest.mark.parametrize("name", STACKS)
def test_only_the_language_model_is_computed_twice_and_learns_the_same(
    name: str, conversations: Sequence[Conversation]
) -> None:
    vision, language = STACKS[name]
    plain, processor = with_lora(name)
    sparing, _ = with_lora(name)
    # B starts at zero, and A would have no gradient to compare.
    for model in (plain, sparing):
        for parameter in model.parameters():
            if parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.1, generator=torch.manual_seed(1))
    checkpointing.enable(sparing)
    layers = checkpointing.layers(sparing)
    assert layers
    assert all(language in layer.split(".") for layer in layers)
    batch = tiny.collator(name, processor)(conversations[:2])
    expected, once, _ = gradients(plain, dict(batch))
    found, twice, ways_back = gradients(sparing, dict(batch))
    assert {twice[layer] / once[layer] for layer in layers} == {2.0}
    seeing = [layer for layer in once if vision in layer.split(".")]
    assert seeing
    assert all(twice[layer] == once[layer] for layer in seeing)
    # The frozen tower keeps nothing for a way back.
    assert ways_back & set(layers)
    assert not ways_back & set(seeing)
    assert found.keys() == expected.keys()
    for weight, gradient in expected.items():
        torch.testing.assert_close(found[weight], gradient, rtol=1e-5, atol=1e-7)
    assert max(float(gradient.abs().max()) for gradient in expected.values()) > 0
