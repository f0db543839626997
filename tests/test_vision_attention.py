from __future__ import annotations

import importlib
from typing import Any

import pytest
import torch

from tests.train import tiny
from vsfa_data.vision_attention import attend_at_once

# Height and width in patches.
SIZES = {
    "of one size": ([(8, 8)] * 3, 1),
    "of several sizes": ([(8, 8), (6, 4), (10, 6)], 1),
    # One large picture among small ones: a batch would be padding for the most part.
    "of very unlike sizes": ([(4, 4)] * 12 + [(20, 20)], 13),
}


def seen(model: Any, sizes: list[tuple[int, int]]) -> tuple[torch.Tensor, int]:
    """What the vision tower makes of noise, and the calls for attention in its last layer."""
    shape = model.config.vision_config
    numbers = 3 * shape.temporal_patch_size * shape.patch_size**2
    patches = torch.randn(
        sum(h * w for h, w in sizes), numbers, generator=torch.Generator().manual_seed(0)
    )
    grid = torch.tensor([(1, h, w) for h, w in sizes])
    last, calls = model.model.visual.blocks[-1].attn, 0
    real = torch.nn.functional.scaled_dot_product_attention

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += computing
        return real(*args, **kwargs)

    computing = False

    def switch(*_: Any) -> None:
        nonlocal computing
        computing = not computing

    hooks = [last.register_forward_pre_hook(switch), last.register_forward_hook(switch)]
    with pytest.MonkeyPatch.context() as patch, torch.no_grad():
        patch.setattr(torch.nn.functional, "scaled_dot_product_attention", counted)
        tower = model.model.visual
        found = tower(patches, grid_thw=grid).pooler_output
    for hook in hooks:
        hook.remove()
    return found, calls


@pytest.mark.parametrize("kind", ["qwen2_5_vl", "qwen3_vl"])
def test_all_pictures_are_attended_to_in_one_call_with_the_same_result(kind: str) -> None:
    model, _ = tiny.MODELS[kind]()
    expected = {name: seen(model, sizes) for name, (sizes, _) in SIZES.items()}
    assert attend_at_once(model)
    for name, (sizes, calls) in SIZES.items():
        found, called = seen(model, sizes)
        torch.testing.assert_close(found, expected[name][0], rtol=1e-5, atol=1e-6)
        assert (called, expected[name][1]) == (calls, len(sizes)), name
    assert not attend_at_once(model), "there is nothing left to do"


def test_a_version_of_transformers_that_gives_chunk_by_chunk_gets_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, _ = tiny.MODELS["qwen2_5_vl"]()
    sizes, _ = SIZES["of several sizes"]
    expected, _ = seen(model, sizes)
    assert attend_at_once(model)
    module = importlib.import_module(type(model).__module__)
    monkeypatch.setattr(module, "is_flash_attention_requested", lambda *_: False)
    found, calls = seen(model, sizes)
    assert calls == len(sizes)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_a_configuration_that_others_attend_by_is_left_alone() -> None:
    model, _ = tiny.MODELS["qwen2_5_vl"]()
    for layer in model.model.language_model.layers:
        layer.self_attn.config = model.config.vision_config
    assert not attend_at_once(model)
    assert model.config.vision_config._attn_implementation == "sdpa"


def test_other_vision_towers_are_left_alone() -> None:
    model, _ = tiny.llava()
    before = model.config.vision_config._attn_implementation
    assert not attend_at_once(model)
    assert model.config.vision_config._attn_implementation == before
