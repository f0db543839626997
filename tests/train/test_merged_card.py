from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from vsfa_data.train.base import Base
from vsfa_data.train.merged_card import render

RECORD: dict[str, Any] = {
    "dataset": {
        "id": "name/dataset",
        "revision": "abc123",
        "name": "dataset",
        "version": "1.2.3",
        "fingerprint": "f" * 64,
        "license": "cc0-1.0",
        "config": "threat",
    },
    "model": {"name": "name/base", "revision": "def456", "sha256": "0" * 64},
    "hyperparameters": {"steps": 60, "rank": 16},
    "seen": {"conversations": 9},
    "tokens": {"seen": 12320, "answers": 3768},
    "seed": 1234,
    "losses": {"train": {"first": 2.5, "last": 1.25}, "validation": None},
}


def card(folder: Path, record: Any, sha256: str = "0" * 64) -> str:
    base = Base(folder, "copy", None, sha256, config=None)
    made = {"base": "copy", "base_sha256": sha256, "adapter_sha256": "a" * 64, "adapter": record}
    return render(made, base, "bfloat16")


def test_it_says_what_it_was_made_of(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: apache-2.0\n---\nA model\n")
    text = card(tmp_path, RECORD)
    data = ModelCard(text).data
    assert (data.base_model, data.license, data.datasets) == (
        *("name/base", "apache-2.0"),
        ["name/dataset"],
    )
    assert data.library_name == "transformers"
    assert data.to_dict()["base_model_relation"] == "finetune"
    for wanted in (
        "| base model | `name/base` at `def456` |",
        f"| sha256 of the adapter's weights | `{'a' * 64}` |",
        "`name/dataset` version 1.2.3, config `threat`",
        f"| fingerprint of the dataset | `{'f' * 64}` |",
        "60 steps, 9 conversations, 12,320 tokens, of which 3,768 in answers; rank 16, seed 1234 |",
        "| train | 2.5000 | 1.2500 |",
        "its base (apache-2.0), whose licence goes\nwith it, and was learned from a dataset",
        "Do not put it to use as it is",
        "dtype=torch.bfloat16",
    ):
        assert wanted in text
    compile(text.split("```python")[1].split("```")[0], "card", "exec")


def test_an_embedded_base_is_on_no_hub(tmp_path: Path) -> None:
    record = copy.deepcopy(RECORD)
    record["model"]["name"] = "embedded"
    text = card(tmp_path, record)
    assert ModelCard(text).data.base_model is None
    assert "register()" in text


@pytest.mark.parametrize("record", [{}, {"model": 5}, RECORD | {"seed": "</td>"}])
def test_of_an_unknown_record_nothing_is_told(tmp_path: Path, record: Any) -> None:
    text = card(tmp_path, record)
    assert "is not known here: ask whoever made it" in text
    assert "| base model | `copy` |" in text
    assert "arxiv" not in text
    assert "</td>" not in text


def test_another_base_s_name_is_not_taken_over(tmp_path: Path) -> None:
    assert "| base model | `copy` |" in card(tmp_path, RECORD, sha256="1" * 64)


def test_names_that_strangers_chose_do_nothing(tmp_path: Path) -> None:
    record = copy.deepcopy(RECORD)
    record["model"]["name"] = record["dataset"]["license"] = "[x](javascript:y)\n---\nlicense: mit"
    text = card(tmp_path, record)
    assert ModelCard(text).data.license is None
    assert "\n# [x]" not in text
    assert "offered under [x]" not in text
