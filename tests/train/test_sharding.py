from __future__ import annotations

import pytest

from tests.train import tiny
from vsfa_data.train import lora, presets, sharding


@pytest.mark.parametrize("name", ["llava", "qwen2_5_vl"])
def test_every_layer_that_accelerate_would_look_for_is_there(name: str) -> None:
    model, _ = tiny.MODELS[name]()
    _, preset = presets.choose(None, model.config)
    adapted = lora.attach(model, preset.lora_target, rank=2, alpha=2, dropout=0.0)
    named = sharding.name_layers(adapted)
    assert set(named) <= {type(module).__name__ for module in adapted.modules()}
    # The layers that hold the adapter are among them.
    assert {layer for layer in named if layer.endswith("DecoderLayer")}
    assert sorted(adapted._no_split_modules) == named
