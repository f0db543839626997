from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from vsfa_data.errors import UserError
from vsfa_data.train.collate import Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.folder import WEIGHTS
from vsfa_data.train.merge import merge
from vsfa_data.train.run import Trained


def test_the_merged_model_computes_what_base_and_adapter_do(
    trained: Trained,
    checkpoints: dict[str, Path],
    conversations: list[Conversation],
    tmp_path: Path,
) -> None:
    out = merge(str(trained.path), tmp_path / "merged", str(checkpoints["llava"]))
    load: Any = AutoProcessor.from_pretrained
    batch = Collator(load(out), max_image_px=64)(conversations[:2])
    given = {k: v for k, v in batch.items() if k not in {"labels", "scored"}}
    base = AutoModelForImageTextToText.from_pretrained(checkpoints["llava"], dtype=torch.float32)
    before = base(**given).logits
    adapted = PeftModel.from_pretrained(base, trained.path)(**given).logits
    merged = AutoModelForImageTextToText.from_pretrained(out, dtype=torch.float32)(**given).logits
    torch.testing.assert_close(merged, adapted, rtol=0, atol=1e-5)
    assert (merged - before).abs().max() > 1e-2
    told = json.loads((out / "merged.json").read_text())
    assert told["adapter"]["weights_sha256"] == trained.record["weights_sha256"]
    assert not list(out.glob("*.bin"))
    card = (out / "README.md").read_text()
    assert "| base model | `tiny-llava` |" in card
    assert trained.record["dataset"]["fingerprint"] in card
    assert "README.md" in told["files"]


def test_only_its_own_result_is_replaced(
    trained: Trained, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    base, out = str(checkpoints["llava"]), tmp_path / "merged"
    merge(str(trained.path), out, base)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    umask = os.umask(0)
    os.umask(umask)
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o666 & ~umask}
    merge(str(trained.path), out, base)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    (out / "scores.txt").write_text("mine")
    refused(r"no part of what was written there: scores.txt", str(trained.path), out, base)
    (out / "scores.txt").unlink()
    other = Path(shutil.copytree(trained.path, tmp_path / "other"))
    weights = load_file(other / WEIGHTS)
    save_file({name: 2 * weight for name, weight in weights.items()}, other / WEIGHTS)
    refused(r"merged with another adapter, or another base, and it stays", str(other), out, base)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def refused(message: str, *arguments: Any) -> None:
    with pytest.raises(UserError, match=message) as caught:
        merge(*arguments)
    assert len(str(caught.value).splitlines()) == 1


def test_another_base_is_refused(
    trained: Trained, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    message = r"is not the base that the adapter was trained on \(tiny-llava\)"
    refused(message, str(trained.path), out, str(checkpoints["idefics3"]))
    assert not out.exists()


def test_without_run_json_a_base_that_does_not_fit_is_refused(
    trained: Trained, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    bare = Path(shutil.copytree(trained.path, tmp_path / "bare"))
    (bare / "run.json").unlink()
    out = tmp_path / "out"
    refused(r"the adapter does not fit", str(bare), out, str(checkpoints["idefics3"]))
    assert not out.exists()
    assert merge(str(bare), out, str(checkpoints["llava"])) == out


def test_what_is_no_adapter(
    trained: Trained, checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(r"has no adapter_config.json", str(checkpoints["llava"]), tmp_path / "out")
    bare = Path(shutil.copytree(trained.path, tmp_path / "bare"))
    (bare / WEIGHTS).unlink()
    base = str(checkpoints["llava"])
    refused(r"has no adapter_model.safetensors; other", str(bare), tmp_path / "out", base)
    monkeypatch.chdir(tmp_path)
    refused(r"names its base only as 'tiny-llava'. Say where", str(trained.path), tmp_path / "out")


def test_a_folder_with_other_things_is_left_alone(
    trained: Trained, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    message = r"holds files but no merged.json"
    refused(message, str(trained.path), tmp_path, str(checkpoints["llava"]))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
