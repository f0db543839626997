"""Which files a transformers model is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.filter.hub_server import COMMIT, REPO, point_to, serving
from vsfa_data.errors import UserError
from vsfa_data.filter import transformers_files


def test_folders_that_will_not_do(tmp_path: Path) -> None:
    model = f"local-dir:{tmp_path}"
    with pytest.raises(UserError, match=r"holds no config.json$"):
        transformers_files.find(model, None)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"holds no \*.safetensors. Other formats may run code"):
        transformers_files.find(model, None)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert transformers_files.find(model, None).identity().startswith("local-dir; sha256:")


def test_a_model_of_the_hub_is_named_by_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    files = {"config.json": b"{}", "model.safetensors": b"weights", "pytorch_model.bin": b"pickle"}
    with serving(files) as (address, _):
        point_to(address, monkeypatch)
        found = transformers_files.find(REPO, None)
    assert found.identity().startswith(f"{REPO}@{COMMIT}; sha256:")
    names = sorted(path.name for path in found.folder.iterdir())
    assert names == ["config.json", "model.safetensors"]
