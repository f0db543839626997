"""Proof that training trains, on the real embedded model: a few steps of docs/train.md's sixty."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.embedded_vlm import TEXT, perplexity
from vsfa_data.train import adapter, base, presets
from vsfa_data.train.merge import merge
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings

pytestmark = pytest.mark.slow

LANGUAGE_MODEL = 21.735
"""Perplexity of `assemble.language_model(parts.language_model())` on TEXT. The file is pinned by
its sha256; to read it again for this takes fifteen seconds of a processor."""


def test_a_few_steps_lower_the_loss_and_leave_the_base_and_its_english(
    real_embedded: Path, quickstart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _digests(real_embedded)
    kept: dict[str, Any] = {}
    real = adapter.write

    def spy(target: Path, made: adapter.Parts, *rest: Any) -> Any:
        text = TEXT.read_text(encoding="utf-8")
        ids = made.processor.tokenizer(text, return_tensors="pt")["input_ids"]
        kept["ids"], kept["logits"] = ids, _logits(made.model.eval(), ids)
        return real(target, made, *rest)

    monkeypatch.setattr(adapter, "write", spy)
    settings = Settings(
        str(quickstart), "embedded", max_steps=8, batch_size=1, accumulate=1, eval_every=8
    )
    done = train(settings, tmp_path / "out")
    loss = done.record["losses"]["validation"]
    assert loss["last"] < loss["first"] - 0.1  # docs/train.md: sixty steps, more than 0.5
    assert _digests(real_embedded) == before
    weights = load_file(done.path / "adapter_model.safetensors")
    assert all(value.abs().max() > 0 for name, value in weights.items() if "lora_B" in name)

    from peft import PeftModel

    found = base.locate("embedded")
    assert done.record["model"]["sha256"] == found.sha256
    plain = base.load_model(found, "float32").eval()
    ids = kept["ids"]
    untouched = perplexity(plain, ids)
    # The projector's tuning has left the language model what it was, and so do a few steps.
    assert untouched == pytest.approx(LANGUAGE_MODEL, rel=0.02)
    tuned = PeftModel.from_pretrained(plain, done.path).eval()
    assert torch.equal(_logits(tuned, ids), kept["logits"])
    assert perplexity(tuned, ids) == pytest.approx(untouched, rel=0.02)
    merged = base.load_model(
        base.locate(str(merge(str(done.path), tmp_path / "merged"))), "float32"
    )
    torch.testing.assert_close(_logits(merged.eval(), ids), kept["logits"], rtol=0, atol=1e-3)
    name, preset = presets.choose(None, found.config)
    assert name == "embedded"
    assert base.load_processor(found, preset).chat_template


def _logits(model: Any, ids: Any) -> Any:
    with torch.no_grad():
        return model(input_ids=ids).logits


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
