from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.caption import tiny
from vsfa_data.caption.local import checkpoint
from vsfa_data.caption.local.checkpoint import Checkpoint
from vsfa_data.errors import SetupError, UserError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny.checkpoint("llava"), tmp_path / "model"))


def test_a_folder_is_a_checkpoint(folder: Path) -> None:
    found = checkpoint.find(str(folder), None, download=True)
    assert (found.folder, found.name) == (folder, None)
    assert found.config()["model_type"] == "llava"
    assert [file.name for file in found.weights()] == ["model.safetensors"]


def test_the_checksum_is_of_every_file_that_counts_and_of_no_other(
    folder: Path, tmp_path: Path
) -> None:
    usual = Checkpoint(folder).sha256
    (folder / "README.md").write_text("changed")
    (folder / "pytorch_model.bin").write_bytes(b"never read")
    assert Checkpoint(Path(shutil.copytree(folder, tmp_path / "copy"))).sha256 == usual
    seen = {usual}
    for name in ("config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"):
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        seen.add(Checkpoint(folder).sha256)
    assert len(seen) == 5


def test_weights_in_several_files_are_those_of_the_index(folder: Path) -> None:
    for name in ("a.safetensors", "b.safetensors"):
        shutil.copy(folder / "model.safetensors", folder / name)
    (folder / checkpoint.INDEX).write_text(
        json.dumps({"weight_map": {"x": "b.safetensors", "y": "a.safetensors"}})
    )
    found = Checkpoint(folder)
    assert [file.name for file in found.weights()] == ["a.safetensors", "b.safetensors"]
    (folder / "a.safetensors").unlink()
    (folder / "b.safetensors").unlink()
    with pytest.raises(SetupError, match=r"it lacks a\.safetensors and 1 more"):
        found.weights()


@pytest.mark.parametrize("name", ["../a.safetensors", "/etc/passwd", "sub/a.safetensors"])
def test_an_index_that_leads_elsewhere_is_refused(folder: Path, name: str) -> None:
    (folder / checkpoint.INDEX).write_text(json.dumps({"weight_map": {"x": name}}))
    with pytest.raises(SetupError, match="names files outside its own folder"):
        Checkpoint(folder).weights()


@pytest.mark.parametrize("text", ["[", "[]", '{"weight_map": 3}', '{"weight_map": {"x": []}}'])
def test_a_damaged_index_is_told(folder: Path, text: str) -> None:
    (folder / checkpoint.INDEX).write_text(text)
    with pytest.raises(SetupError, match="cannot be read"):
        Checkpoint(folder).weights()


def test_pickled_weights_are_refused_by_name(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(SetupError, match=r"pickled weights .* never read"):
        Checkpoint(folder).weights()


@pytest.mark.parametrize("text", ["[", "[]"])
def test_a_damaged_config_is_told(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(SetupError, match=r"config\.json"):
        Checkpoint(folder).config()


def test_a_folder_without_a_config_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"it lacks config\.json"):
        Checkpoint(tmp_path).config()


@pytest.mark.parametrize("model", ["no/such/folder", "nothing", "/nowhere", "a b/c"])
def test_what_is_neither_folder_nor_name_is_the_user_s_mistake(model: str) -> None:
    with pytest.raises(UserError, match="neither a folder here nor a name on the Hub"):
        checkpoint.find(model, None, download=False)


def test_a_revision_of_a_folder_means_nothing(folder: Path) -> None:
    with pytest.raises(UserError, match="Leave it out"):
        checkpoint.find(str(folder), "a" * 40, download=False)
