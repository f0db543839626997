from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from vsfa_data.errors import UserError
from vsfa_data.train import base, presets


@pytest.fixture
def copied(checkpoints: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoints["llava"], tmp_path / "tiny"))


def processor(folder: Path) -> object:
    found = base.locate(str(folder))
    return base.load_processor(found, presets.choose(None, found.config)[1])


def test_a_checkpoint_is_named_by_its_folder_or_as_is_said(copied: Path) -> None:
    found = base.locate(str(copied))
    assert (found.name, found.revision) == ("tiny", None)
    assert base.locate(str(copied), "name/model").name == "name/model"


@pytest.mark.parametrize(
    ("base_id", "message"),
    [("name/other", "and the adapter names that. Leave out --base-id"), ("../x", "give a Hub id")],
)
def test_a_name_of_its_own_is_not_replaced(
    checkpoints: dict[str, Path], tmp_path: Path, base_id: str, message: str
) -> None:
    cached = tmp_path / "models--name--model" / "snapshots" / ("0" * 40)
    shutil.copytree(checkpoints["llava"], cached)
    assert base.locate(str(cached), "name/model").name == "name/model"
    with pytest.raises(UserError, match=message):
        base.locate(str(cached), base_id)


def test_its_identity_is_its_bytes(copied: Path, checkpoints: dict[str, Path]) -> None:
    before = base.locate(str(copied)).sha256
    assert before == base.locate(str(checkpoints["llava"])).sha256
    weights = load_file(copied / "model.safetensors")
    next(iter(weights.values())).flatten()[0] += 1
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    assert base.locate(str(copied)).sha256 != before


def test_a_preset_s_switches_reach_the_processor(checkpoints: dict[str, Path]) -> None:
    found = base.locate(str(checkpoints["idefics3"]))
    _, preset = presets.choose(None, found.config)
    assert base.load_processor(found, preset).image_processor.do_image_splitting is False


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_model_is_loaded_frozen(copied: Path, dtype: str) -> None:
    model = base.load_model(base.locate(str(copied)), dtype)
    assert {p.dtype for p in model.parameters()} == {getattr(torch, dtype)}
    assert not any(p.requires_grad for p in model.parameters())


def refused(call: object, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        call()  # type: ignore[operator]
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).isprintable()


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    refused(lambda: base.locate(str(tmp_path)), "is no model that transformers can load")


def test_a_text_only_model(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "vocab_size": 8}
    config = LlamaConfig(num_attention_heads=1, num_key_value_heads=1, **small)
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    refused(lambda: base.locate(str(tmp_path)), "type 'llama', which reads no pictures")


def test_an_adapter(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    refused(lambda: base.locate(str(tmp_path)), "is an adapter, not a model.*vsfa-data merge")


def test_weights_that_may_hold_code(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    refused(lambda: base.locate(str(copied)), "has no .safetensors file")


def test_code_beside_the_weights_is_not_run(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "evil.Config"}}
    (copied / "config.json").write_text(json.dumps(config))
    (copied / "evil.py").write_text(f"open({str(copied / 'ran')!r}, 'w')\nclass Config: pass\n")
    refused(lambda: base.locate(str(copied)), "is no model that transformers can load")
    assert not (copied / "ran").exists()


def test_a_missing_processor(copied: Path) -> None:
    (copied / "processor_config.json").unlink()
    refused(lambda: processor(copied), "processor")


def test_a_missing_tokenizer(copied: Path) -> None:
    for path in copied.glob("tokenizer*"):
        path.unlink()
    refused(lambda: processor(copied), "processor of tiny cannot be loaded")


def test_a_missing_chat_template(copied: Path) -> None:
    (copied / "chat_template.jinja").unlink()
    refused(lambda: processor(copied), "has no chat template.*instruction-tuned")


def test_missing_weights_are_not_made_up(copied: Path) -> None:
    weights = load_file(copied / "model.safetensors")
    del weights[max(weights)]
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    found = base.locate(str(copied))
    refused(lambda: base.load_model(found, "float32"), "lacks 1 of its weights")


def test_a_half_copied_file(copied: Path) -> None:
    data = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(data[: len(data) // 2])
    found = base.locate(str(copied))
    refused(lambda: base.load_model(found, "float32"), "cannot be loaded.*Download it again")


def test_quantizing_without_its_package(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    found = base.locate(str(copied))
    refused(lambda: base.load_model(found, "float32", "4bit"), r"pip install 'vsfa-data\[qlora\]'")
