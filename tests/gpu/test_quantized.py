"""QLoRA on a GPU: weights in four bits, an adapter that loads on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings

pytestmark = pytest.mark.gpu


def test_a_quantized_base_is_trained_on(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    pytest.importorskip("bitsandbytes")
    settings = make_settings(max_steps=4, device="cuda", quantize="4bit", workers=1)
    done = train(settings, tmp_path / "out")
    loss = done.record["losses"]["validation"]
    assert loss["last"] < loss["first"]
    weights = load_file(done.path / "adapter_model.safetensors")
    assert all(bool(w.abs().max() > 0) for name, w in weights.items() if "lora_B" in name)
    assert done.record["hyperparameters"]["quantize"] == "4bit"
