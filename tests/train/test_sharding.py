from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.train import base, lora, presets, sharding


@pytest.mark.parametrize("name", ["llava", "qwen2_5_vl"])
def test_every_layer_that_accelerate_would_look_for_is_there(
    name: str, checkpoints: dict[str, Path]
) -> None:
    found = base.locate(str(checkpoints[name]))
    model = base.load_model(found, "float32")
    _, preset = presets.choose(None, found.config)
    adapted = lora.attach(model, preset.lora_target, rank=2, alpha=2, dropout=0.0)
    named = sharding.name_layers(adapted)
    present = {type(module).__name__ for module in adapted.modules()}
    assert set(named) <= present
    # The layers that hold the adapter are among them.
    assert {n for n in named if n.endswith("DecoderLayer")}
    assert sorted(adapted._no_split_modules) == named
