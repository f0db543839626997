"""What users get wrong, through the program: one line, exit code 2, nothing half-written."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.train.releases import Change, changed
from vsfa_data import cli
from vsfa_data.train.run import Trained


def without_pictures(table: pa.Table) -> pa.Table:
    at = table.column_names.index("image")
    return table.set_column(at, "image", pa.nulls(len(table), table.schema.field("image").type))


def with_broken_pictures(table: pa.Table) -> pa.Table:
    pictures = [{**one, "bytes": one["bytes"][:100]} for one in table.column("image").to_pylist()]
    at, kind = table.column_names.index("image"), table.schema.field("image").type
    return table.set_column(at, "image", pa.array(pictures, kind))


def without_messages(table: pa.Table) -> pa.Table:
    return table.drop_columns(["messages"])


def without_rows(table: pa.Table) -> pa.Table:
    return table.slice(0, 0)


def text_only(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    text = config["text_config"]
    (folder / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"], **text}))


def without(*names: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


@pytest.fixture
def release(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "release"))


@pytest.fixture
def model(checkpoints: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoints["llava"], tmp_path / "model"))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[[list[str]], str]:
    """The one line that the program says when it ends with 2."""

    def run(words: list[str]) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["vsfa-data", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert (ended.value.code, out) == (2, ""), err
        (line,) = err.splitlines()
        assert line.startswith("error: ")
        return str(line)

    return run


def command(dataset: Path | str, model: Path | str, out: Path) -> list[str]:
    given = ("--model", str(model), "--max-steps", "2", "--batch-size", "2", "--out", str(out))
    return ["train", str(dataset), *given, "-q"]


@pytest.fixture
def refused(said: Callable[[list[str]], str], tmp_path: Path) -> Callable[[Path, Path, str], None]:
    """Train a model on a dataset: the program says the message, and leaves nothing behind."""

    def run(dataset: Path, model: Path, message: str) -> None:
        assert message in said(command(dataset, model, tmp_path / "out"))
        assert not (tmp_path / "out").exists()

    return run


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_pictures, "has rows without a picture. Run: vsfa-data verify"),
        (with_broken_pictures, "cannot be decoded"),
        (without_messages, "has no column 'messages', so it is no split of a release"),
        (without_rows, "the train split holds no conversations. Build the release again"),
    ],
)
def test_a_dataset_that_cannot_be_learned_from(
    change: Change, message: str, release: Path, checkpoints: dict[str, Path], refused: Any
) -> None:
    refused(changed(release, change), checkpoints["llava"], message)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (text_only, "is a model of the type 'llama', which reads no pictures"),
        (without("processor_config.json"), "needs its processor_config.json and tokenizer beside"),
        (without("chat_template.jinja"), "has no chat template (chat_template.jinja)"),
        (without("model.safetensors"), "has no .safetensors file"),
    ],
)
def test_a_model_that_cannot_be_trained(
    spoil: Callable[[Path], None], message: str, pristine: Path, model: Path, refused: Any
) -> None:
    spoil(model)
    refused(pristine, model, message)


def test_an_adapter_in_the_place_of_a_model_or_on_another_base(
    pristine: Path,
    checkpoints: dict[str, Path],
    trained: Trained,
    tmp_path: Path,
    said: Callable[[list[str]], str],
) -> None:
    out = tmp_path / "out"
    line = said(command(pristine, trained.path, out))
    assert "is an adapter, not a model. Give its base with --model" in line
    words = ["merge", str(trained.path), "--model", str(checkpoints["idefics3"]), "--out", str(out)]
    assert "is not the base that the adapter was trained on" in said(words)
    assert not out.exists()
