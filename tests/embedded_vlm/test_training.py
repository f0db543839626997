"""Proof that training trains, on the real embedded model: a few steps of docs/train.md's sixty."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from vsfa_data.train import adapter, base, presets
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings

pytestmark = pytest.mark.slow

TEXT = """The river rises in the hills to the north of the town and flows for about forty miles
before it reaches the sea. In spring, when the snow melts, it becomes wide and fast, and the old
stone bridge is the only safe way to cross. Farmers on both banks grow barley, potatoes and apples.
The market is held on the first Saturday of each month, and people come to buy cheese and wool."""


def test_a_few_steps_lower_the_loss_and_leave_the_base_and_its_english(
    real_embedded: Path, quickstart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _digests(real_embedded)
    kept: dict[str, Any] = {}
    real = adapter.write

    def spy(target: Path, parts: adapter.Parts, *rest: Any) -> Any:
        ids = parts.processor.tokenizer(TEXT, return_tensors="pt")["input_ids"]
        kept["ids"], kept["logits"] = ids, _logits(parts.model.eval(), ids)
        return real(target, parts, *rest)

    monkeypatch.setattr(adapter, "write", spy)
    settings = Settings(
        str(quickstart), "embedded", max_steps=8, batch_size=1, accumulate=1, eval_every=8
    )
    done = train(settings, tmp_path / "out")
    loss = done.record["losses"]["validation"]
    assert loss["last"] < loss["first"] - 0.5
    assert _digests(real_embedded) == before
    weights = load_file(done.path / "adapter_model.safetensors")
    assert all(value.abs().max() > 0 for name, value in weights.items() if "lora_B" in name)

    from peft import PeftModel

    found = base.locate("embedded")
    assert done.record["model"]["sha256"] == found.sha256
    plain = base.load_model(found, "float32").eval()
    untouched = _perplexity(_logits(plain, kept["ids"]), kept["ids"])
    again = _logits(PeftModel.from_pretrained(plain, done.path).eval(), kept["ids"])
    assert torch.equal(again, kept["logits"])
    assert _perplexity(again, kept["ids"]) < 1.02 * untouched
    name, preset = presets.choose(None, found.config)
    assert name == "embedded"
    assert base.load_processor(found, preset).chat_template


def _logits(model: Any, ids: Any) -> Any:
    with torch.no_grad():
        return model(input_ids=ids).logits


def _perplexity(logits: Any, ids: Any) -> float:
    return math.exp(torch.nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:]))


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
