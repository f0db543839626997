"""Which files an open_clip model is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.filter.hub_server import COMMIT, REPO, point_to, serving
from vsfa_data.errors import UserError
from vsfa_data.filter import openclip_files

CONFIG = json.dumps({"model_cfg": {"embed_dim": 1, "vision_cfg": {}, "text_cfg": {}}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "open_clip_config.json").write_text(CONFIG)
    return made


def found(folder: Path) -> str:
    return openclip_files.find(f"local-dir:{folder}", None, None).weights.name


def test_open_clips_own_name_goes_before_others(folder: Path) -> None:
    (folder / "zzz.safetensors").write_bytes(b"")
    assert found(folder) == "zzz.safetensors"
    (folder / "model.safetensors").write_bytes(b"")
    assert found(folder) == "model.safetensors"
    (folder / "open_clip_model.safetensors").write_bytes(b"")
    assert found(folder) == "open_clip_model.safetensors"


def test_folders_that_will_not_do(folder: Path) -> None:
    with pytest.raises(UserError, match=r"holds no weights \(open_clip_model.safetensors\)"):
        found(folder)
    (folder / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"pickle \(pytorch_model.bin\), which may run code"):
        found(folder)
    for name in ("a.safetensors", "b.safetensors"):
        (folder / name).write_bytes(b"")
    with pytest.raises(UserError, match=r"several .*; name one of them open_clip_model"):
        found(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is not valid JSON"), ("[]", "lacks model_cfg with"), ('{"model_cfg": {}}', "lacks")],
)
def test_a_config_that_is_none(folder: Path, text: str, said: str) -> None:
    (folder / "open_clip_config.json").write_text(text)
    with pytest.raises(UserError, match=said):
        found(folder)
    (folder / "open_clip_config.json").unlink()
    with pytest.raises(UserError, match="cannot be read"):
        found(folder)


def test_a_model_of_the_hub_is_named_by_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    files = {
        "open_clip_config.json": CONFIG.encode(),
        "open_clip_model.safetensors": b"weights",
        "open_clip_pytorch_model.bin": b"pickle",
    }
    with serving(files) as (address, _):
        point_to(address, monkeypatch)
        checkpoint = openclip_files.find(f"hf-hub:{REPO}", None, "v1")
    assert checkpoint.identity().startswith(f"{REPO}@{COMMIT}; sha256:")
    assert checkpoint.weights.read_bytes() == b"weights"
    assert not (checkpoint.weights.parent / "open_clip_pytorch_model.bin").exists()


def test_another_tokenizer_is_another_encoder(folder: Path) -> None:
    """Its texts have other vectors: neither these nor a calibration may be taken for its own."""
    (folder / "model.safetensors").write_bytes(b"")
    (folder / "tokenizer.json").write_text("{}")

    def identity() -> str:
        return openclip_files.find(f"local-dir:{folder}", None, None).identity()

    unused = identity()
    parts = {"embed_dim": 8, "vision_cfg": {}, "text_cfg": {"hf_tokenizer_name": "a/b"}}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": parts}))
    one = identity()
    (folder / "tokenizer.json").write_text("{ }")
    assert "tokenizer" not in unused
    assert one.partition("; tokenizer sha256:")[0] in identity() != one
