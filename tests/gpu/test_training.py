"""Two steps of training on a GPU."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from vsfa_data.train import adapter
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings

pytestmark = pytest.mark.gpu
MakeSettings = Callable[..., Settings]


def reloaded(base: str, folder: Path) -> Any:
    """The adapter on its base, by peft and transformers alone, in bfloat16 on the GPU."""
    transformers: Any = importlib.import_module("transformers")
    load = transformers.AutoModelForImageTextToText.from_pretrained
    model = load(base, dtype=torch.bfloat16).to("cuda")
    return importlib.import_module("peft").PeftModel.from_pretrained(model, folder)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_bfloat16_adapter_loads_and_answers_as_when_it_was_written(
    make_settings: MakeSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    checkpointing: bool,
) -> None:
    settings = make_settings(
        max_steps=2, device="cuda", dtype="bfloat16", workers=1, checkpointing=checkpointing
    )
    kept: dict[str, Any] = {}
    real = adapter.write

    def spy(target: Path, parts: adapter.Parts, *rest: Any) -> Any:
        kept["given"] = parts.processor(text=["What is it?"], return_tensors="pt").to("cuda")
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16):
            kept["logits"] = parts.model.eval()(**kept["given"]).logits.float()
        return real(target, parts, *rest)

    monkeypatch.setattr(adapter, "write", spy)
    done = train(settings, tmp_path / "out")
    assert kept["logits"].is_cuda
    weights = load_file(done.path / "adapter_model.safetensors")
    assert all(bool(w.abs().max() > 0) for name, w in weights.items() if "lora_B" in name)
    with torch.no_grad(), torch.autocast("cuda", torch.bfloat16):
        found = reloaded(settings.model, done.path).eval()(**kept["given"]).logits.float()
    torch.testing.assert_close(found, kept["logits"], atol=1e-2, rtol=0.0)


def test_the_loss_starts_where_it_does_on_a_cpu_and_the_same_run_ends_with_the_same_bytes(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    runs = [
        train(make_settings(max_steps=2, device=device), tmp_path / name)
        for name, device in (("one", "cuda"), ("two", "cuda"), ("cpu", "cpu"))
    ]
    one, two, cpu = (run.record["losses"]["validation"]["first"] for run in runs)
    assert one == two == pytest.approx(cpu, rel=2e-2)
    files = [(run.path / "adapter_model.safetensors").read_bytes() for run in runs[:2]]
    assert files[0] == files[1]
