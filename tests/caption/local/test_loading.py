from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.caption import tiny
from vsfa_data.caption.local import loading
from vsfa_data.caption.local.loading import Placement
from vsfa_data.errors import MissingExtraError, SetupError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny.checkpoint("llava"), tmp_path / "model"))


def refused(folder: Path, placement: Placement | None = None) -> str:
    with pytest.raises(SetupError) as told:
        loading.load(folder, placement or Placement("cpu"))
    message = str(told.value)
    assert "\n" not in message
    return message


def refused_early(folder: Path) -> str:
    with pytest.raises(SetupError) as told:
        loading.check(folder, Placement("cpu"))
    assert str(told.value) == refused(folder)
    return str(told.value)


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_a_checkpoint_is_loaded_in_float32_on_a_cpu_and_left_padded(folder: Path) -> None:
    made = loading.load(folder, Placement())
    if not torch.cuda.is_available():
        assert (made.device.type, made.model.dtype) == ("cpu", torch.float32)
    assert made.processor.tokenizer.padding_side == "left"
    assert not made.model.training


def test_another_precision_may_be_asked_for(folder: Path) -> None:
    assert loading.load(folder, Placement("cpu", "bfloat16")).model.dtype == torch.bfloat16


def test_a_text_model_is_refused(folder: Path) -> None:
    change(folder / "config.json", model_type="llama")
    assert "is a llama model, which does not write text about pictures" in refused_early(folder)


def test_a_checkpoint_with_code_of_its_own_is_refused_and_the_code_not_run(folder: Path) -> None:
    mark = folder / "was-run"
    (folder / "configuration_own.py").write_text(f"open({str(mark)!r}, 'w')\n")
    change(
        folder / "config.json",
        model_type="own",
        auto_map={"AutoConfig": "configuration_own.OwnConfig"},
    )
    assert "code that comes with a checkpoint is never run" in refused_early(folder)
    assert not mark.exists()


def test_a_missing_processor_is_named(folder: Path) -> None:
    (folder / "processor_config.json").unlink()
    assert "processor_config.json or preprocessor_config.json" in refused_early(folder)


def test_a_missing_tokenizer_is_named(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    assert "the tokenizer's files" in refused_early(folder)


def test_a_tokenizer_without_the_model_s_special_tokens_is_told(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny.checkpoint("internvl"), tmp_path / "model"))
    file = folder / "tokenizer_config.json"
    kept = {key: value for key, value in json.loads(file.read_text()).items() if "image" not in key}
    file.write_text(json.dumps({**kept, "extra_special_tokens": {}}))
    assert "its processor cannot be loaded" in refused_early(folder)


def test_a_missing_chat_template_is_named(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    assert "it has no chat template, so it cannot be asked" in refused_early(folder)


def test_pickled_weights_are_never_read(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    assert "cannot be loaded" in refused(folder)


def test_weights_that_are_cut_short_are_told(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    assert "cannot be loaded" in refused(folder)


def test_weights_that_do_not_fit_into_memory_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForImageTextToText

    def full(*_args: Any, **_options: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(AutoModelForImageTextToText, "from_pretrained", full)
    assert "does not fit into the memory of cpu as torch.float32" in refused(folder)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told(folder: Path) -> None:
    assert "finds no such device" in refused(folder, Placement("cuda:3"))


def test_four_bits_need_their_extra_and_a_gpu(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    present = {"bitsandbytes": False}

    def spec(name: str, *rest: Any) -> Any:
        if name in present:
            return object() if present[name] else None
        return find(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", spec)
    with pytest.raises(MissingExtraError, match=r"vsfa-data\[transformers-4bit\]"):
        loading.load(folder, Placement("cpu", four_bit=True))
    present["bitsandbytes"] = True
    assert "needs a CUDA GPU" in refused(folder, Placement("cpu", four_bit=True))
