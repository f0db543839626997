from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from vsfa_data.train.card import base_license, render
from vsfa_data.train.run import Trained

HOSTILE = "a`b](javascript:x)<script>\n---\nlicense: mit"


@pytest.fixture
def record(trained: Trained) -> dict[str, Any]:
    return copy.deepcopy(trained.record)


def test_it_names_base_dataset_losses_and_limits(record: dict[str, Any], tmp_path: Path) -> None:
    record["dataset"] |= {"id": "name/dataset", "revision": "abc123"}
    text = render(record, tmp_path)
    data = ModelCard(text).data
    assert (data.base_model, data.datasets) == ("tiny-llava", ["name/dataset"])
    assert (data.library_name, data.license) == ("peft", None)
    for wanted in (
        "`name/dataset` version 1.2.3, config `threat`",
        "| revision of the dataset | `abc123` |",
        record["dataset"]["fingerprint"],
        f"{record['losses']['validation']['last']:.4f}",
        '"learning_rate": 0.005',
        "Do not put it to use as it is",
    ):
        assert wanted in text
    assert "vsfa_data" not in text.split("```python")[1].split("```")[0]


def test_an_adapter_of_the_embedded_model_says_where_its_base_comes_from(
    record: dict[str, Any], tmp_path: Path
) -> None:
    record["model"]["name"] = "embedded"
    text = render(record, tmp_path)
    assert ModelCard(text).data.base_model is None  # no page of that name
    code = text.split("```python")[1].split("```")[0]
    compile(code, "card", "exec")
    assert "register()" in code
    assert "AutoModelForImageTextToText.from_pretrained(find(), dtype=" in code
    assert "`vsfa-data models install`" in text
    # It has no revision on a Hub; its sha256 tells which one it is.
    assert f"| `{record['model']['sha256']}` |" in text
    assert f"that of version {record['packages']['vsfa-data']}" in text


def test_layers_outside_the_language_model_are_pointed_out(
    record: dict[str, Any], tmp_path: Path
) -> None:
    assert "lie outside the language model" not in render(record, tmp_path)
    record["trainable"]["layers"]["model.multi_modal_projector.linear_1"] = 1
    assert "**1 of these groups lie outside the language model**" in render(record, tmp_path)


def test_the_base_s_licence_is_taken_over(record: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: apache-2.0\n---\nA model\n")
    assert base_license(tmp_path) == "apache-2.0"
    text = render(record, tmp_path)
    assert ModelCard(text).data.license == "apache-2.0"
    assert "its base model (apache-2.0)" in text


@pytest.mark.parametrize("text", ["no front matter", "---\nlicense: [1\n---\n", "---\na: 1\n---\n"])
def test_a_base_without_a_licence(tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(text)
    assert base_license(tmp_path) is None


def test_names_that_strangers_chose_do_nothing(record: dict[str, Any], tmp_path: Path) -> None:
    record["model"]["name"] = HOSTILE
    record["dataset"]["license"] = HOSTILE
    text = render(record, tmp_path)
    assert "<script>" not in _prose(text)
    assert 'from_pretrained("BASE"' in text
    assert ModelCard(text).data.license is None


def _prose(text: str) -> str:
    """The card without front matter and code spans."""
    import re

    return re.sub(r"`[^`]*`", "", text.split("\n---\n", 1)[1])
