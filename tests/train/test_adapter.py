from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from PIL import Image

from vsfa_data.errors import UserError
from vsfa_data.train import adapter
from vsfa_data.train.run import Trained, train
from vsfa_data.train.settings import Settings


def test_it_holds_all_that_loading_and_reading_need(trained: Trained) -> None:
    names = {path.name for path in trained.path.iterdir()}
    assert names == {
        *("adapter_config.json", "adapter_model.safetensors"),
        *("processor_config.json", "tokenizer.json", "tokenizer_config.json"),
        *("chat_template.jinja", "README.md", "run.json", "metrics.jsonl", "loss.png"),
    }
    modes = {stat.S_IMODE(path.stat().st_mode) for path in trained.path.iterdir()}
    umask = os.umask(0)
    os.umask(umask)
    assert modes == {0o666 & ~umask}
    with Image.open(trained.path / "loss.png") as plot:
        plot.verify()


def test_the_metrics_are_the_curve_of_run_json(trained: Trained) -> None:
    lines = (trained.path / "metrics.jsonl").read_text().splitlines()
    losses = [row["loss"] for row in map(json.loads, lines) if "loss" in row]
    assert [losses[0], losses[-1]] == list(trained.record["losses"]["train"].values())
    assert len(losses) == trained.record["hyperparameters"]["steps"]


def test_the_base_is_named_by_its_hub_id(
    trained: Trained, make_settings: object, tmp_path: Path
) -> None:
    named = json.loads((trained.path / "adapter_config.json").read_text())
    assert named["base_model_name_or_path"] == "tiny-llava"
    settings: Settings = make_settings(max_steps=1, base_id="name/base")  # type: ignore[operator]
    done = train(settings, tmp_path / "out")
    named = json.loads((done.path / "adapter_config.json").read_text())
    assert named["base_model_name_or_path"] == "name/base"
    assert 'from_pretrained("name/base"' in (done.path / "README.md").read_text()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "thesis.txt").write_text("mine")

    class Parts:
        class model:  # noqa: N801
            peft_config = {"default": type("Config", (), {})()}  # noqa: RUF012

        class base:  # noqa: N801
            name, revision = "name/base", None

    with pytest.raises(UserError, match=r"holds files but no run.json"):
        adapter.write(tmp_path / "adapter", Parts, {}, [])  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]
