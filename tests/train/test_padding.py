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


def test_sparse_attention_keeps_its_choice_of_keys() -> None:
    # Its code looks for the name "sdpa", and attended to everything under another one.
    kind = pytest.importorskip("transformers.models.minimax_m3_vl.modeling_minimax_m3_vl")
    sizes = {"hidden_size": 32, "dense_intermediate_size": 32, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "rotary_dim": 4}
    index = {"index_n_heads": 2, "index_head_dim": 8, "index_block_size": 4}
    config = kind.MiniMaxM3VLTextConfig(
        **{**sizes, **heads, **index, "vocab_size": 100, "index_topk_blocks": 2},
        bos_token_id=1,
        eos_token_id=2,
        layer_types=["minimax_m3_sparse"],
        mlp_layer_types=["dense"],
        attn_implementation="sdpa",
    )
    torch.manual_seed(0)
    model = kind.MiniMaxM3VLTextModel(config).eval()
    ids = torch.arange(80).reshape(2, 40) + 3
    mask = torch.ones_like(ids)
    mask[0, 30:] = 0
    with torch.no_grad():
        before = model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        attend_without_mask(model)
        after = model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    torch.testing.assert_close(after[mask.bool()], before[mask.bool()])


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
