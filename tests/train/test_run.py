"""What a run leaves behind: proofs on real pictures and tiny real models."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.train import launching, tiny
from tests.train.watching import Remembering
from vsfa_data.errors import UserError
from vsfa_data.train import adapter
from vsfa_data.train.run import Trained, train
from vsfa_data.train.settings import Settings

MakeSettings = Callable[..., Settings]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


@pytest.mark.parametrize("name", tiny.MODELS)
def test_the_loss_falls_and_only_the_adapter_moves(
    name: str, make_settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(name)
    before = load_file(Path(settings.model) / "model.safetensors")
    files = digests(Path(settings.model))
    seen: list[Any] = []
    real = adapter.write

    def spy(target: Path, parts: adapter.Parts, *rest: Any) -> Any:
        seen.append(parts.model)
        return real(target, parts, *rest)

    monkeypatch.setattr(adapter, "write", spy)
    done = train(settings, tmp_path / "out")
    losses = done.record["losses"]
    assert losses["validation"]["last"] < losses["validation"]["first"] - 0.05
    assert losses["train"]["last"] < losses["train"]["first"]
    # On disk and in memory, the base is bit for bit what it was.
    assert digests(Path(settings.model)) == files
    inside = seen[0].get_base_model().state_dict()
    base = {n.replace(".base_layer", ""): w for n, w in inside.items() if "lora_" not in n}
    originals = {hashlib.sha256(w.numpy().tobytes()).hexdigest() for w in before.values()}
    kept = {hashlib.sha256(w.numpy().tobytes()).hexdigest() for w in base.values()}
    assert originals <= kept
    weights = load_file(done.path / "adapter_model.safetensors")
    assert all(w.abs().max() > 0 for n, w in weights.items() if "lora_B" in n)


FRESH = """
import sys
import torch
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor

base, folder, batch, out = sys.argv[1:]
processor = AutoProcessor.from_pretrained(folder)
model = AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32)
model = PeftModel.from_pretrained(model, folder).eval()
given = torch.load(batch, weights_only=True)
with torch.no_grad():
    torch.save(model(**given).logits, out)
turns = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}]}]
assert processor.apply_chat_template(turns, add_generation_prompt=True).endswith("ASSISTANT:")
assert not [name for name in sys.modules if name.startswith(("vsfa_data", "datasets"))]
"""


def test_a_fresh_process_with_transformers_and_peft_finds_the_same_logits(
    make_settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(max_steps=3)
    kept: dict[str, Any] = {}
    real = adapter.write

    def spy(target: Path, parts: adapter.Parts, *rest: Any) -> Any:
        turns = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}]}]
        text = parts.processor.apply_chat_template(turns)
        given = parts.processor(text=[text], return_tensors="pt")
        torch.save(dict(given), tmp_path / "batch.pt")
        with torch.no_grad():
            kept["logits"] = parts.model.eval()(**given).logits
        return real(target, parts, *rest)

    monkeypatch.setattr(adapter, "write", spy)
    done = train(settings, tmp_path / "out")
    arguments = [settings.model, str(done.path), str(tmp_path / "batch.pt"), str(tmp_path / "l.pt")]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    fresh = subprocess.run(
        [sys.executable, "-c", FRESH, *arguments], capture_output=True, text=True, env=env
    )
    assert fresh.returncode == 0, fresh.stderr
    found = torch.load(tmp_path / "l.pt", weights_only=True)
    assert torch.equal(found, kept["logits"])


def test_the_same_command_makes_the_same_folder(
    make_settings: MakeSettings, trained: Trained, tmp_path: Path
) -> None:
    again = train(make_settings(), tmp_path / "elsewhere")
    assert digests(again.path) == digests(trained.path)
    other = train(make_settings(seed=1), tmp_path / "other")
    assert other.record["weights_sha256"] != trained.record["weights_sha256"]


def test_a_finished_run_is_found_again_and_never_overwritten_unasked(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = train(make_settings(max_steps=2), out)
    before = digests(first.path)
    again = train(make_settings(max_steps=2), out)
    assert (first.reused, again.reused) == (False, True)
    assert again.record == first.record
    with pytest.raises(UserError, match=r"other settings \(max_steps: 2 -> 3\)"):
        train(make_settings(max_steps=3), out)
    assert digests(first.path) == before
    assert train(make_settings(max_steps=3), out, restart=True).record["losses"]
    assert sorted(path.name for path in out.iterdir()) == ["adapter"]


def command(settings: Settings, out: Path, *more: str) -> list[str]:
    given = {
        "--model": settings.model,
        "--max-steps": str(settings.max_steps),
        "--batch-size": str(settings.batch_size),
        "--learning-rate": str(settings.learning_rate),
        "--max-image-px": str(settings.max_image_px),
        "--save-every": str(settings.save_every),
        "--dropout": str(settings.dropout),
        "--out": str(out),
    }
    options = [word for pair in given.items() if pair[1] != "None" for word in pair]
    return [sys.executable, "-m", "vsfa_data", "train", settings.dataset, *options, "-q", *more]


def test_killed_and_started_again_it_draws_the_same_curve(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    # Dropout draws random numbers at each step, so they must be gone on from, too.
    settings = make_settings(max_steps=20, save_every=2, dropout=0.1)
    whole = train(settings, tmp_path / "whole")
    out = tmp_path / "out"
    with subprocess.Popen(command(settings, out)) as victim:
        deadline = time.perf_counter() + 60
        while not list(out.glob("work/checkpoints/*/whole")) and time.perf_counter() < deadline:
            time.sleep(0.005)
        victim.send_signal(signal.SIGKILL)
    assert victim.returncode == -signal.SIGKILL
    assert not (out / "adapter").exists()
    watcher = Remembering()
    resumed = train(settings, out, watcher)
    assert 0 < watcher.first_steps[0] < 20
    assert digests(resumed.path) == digests(whole.path)


def test_ctrl_c_keeps_the_last_checkpoint(make_settings: MakeSettings, tmp_path: Path) -> None:
    class Impatient(Remembering):
        def step(self, step: int, tokens: int) -> None:
            if step == 5:
                raise KeyboardInterrupt

    settings = make_settings(max_steps=6, save_every=2)
    with pytest.raises(KeyboardInterrupt):
        train(settings, tmp_path / "out", Impatient())
    watcher = Remembering()
    train(settings, tmp_path / "out", watcher)
    assert watcher.first_steps == [4]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dataset": "/nowhere"}, "no dataset '/nowhere'"),
        ({"config": "text"}, "has no config 'text'"),
        ({"model": "/nowhere"}, "no model '/nowhere'"),
        ({"max_length": 16}, "more than 16 tokens, and no other is left. Raise --max-length"),
        ({"lora_target": "nothing"}, "no linear layer of the model is named like"),
        ({"preset": "lava"}, "no preset 'lava'"),
        ({"device": "cuda"}, "PyTorch finds no GPU here"),
        ({"device": "cpu", "quantize": "4bit"}, "--quantize 4bit needs a CUDA GPU"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    make_settings: MakeSettings, tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        train(make_settings(**given), tmp_path / "out")
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_weights_that_are_no_numbers_are_noticed_before_training(
    make_settings: MakeSettings, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(checkpoints["llava"], tmp_path / "broken"))
    weights = load_file(broken / "model.safetensors")
    weights[next(name for name in weights if "norm" in name)][0] = float("nan")
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=r"^the loss of the untouched model is nan"):
        train(make_settings(model=str(broken)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_run_json_says_what_was_done_and_no_path(trained: Trained, pristine: Path) -> None:
    record = json.loads((trained.path / "run.json").read_text())
    made = json.loads((pristine / "manifest.json").read_text())
    assert record == trained.record
    assert record["dataset"]["fingerprint"] == made["fingerprint"]
    assert record["dataset"]["version"] == "1.2.3"
    assert record["seed"] == 0
    assert record["hyperparameters"]["steps"] == 6
    assert {"torch", "transformers", "peft"} <= record["packages"].keys()
    for path in trained.path.iterdir():
        data = path.read_bytes()
        assert str(pristine.parent).encode() not in data, path.name
        assert str(trained.path.parent).encode() not in data, path.name
        assert b"checkpoints0" not in data, path.name


def test_losses_go_to_tensorboard_if_asked(make_settings: MakeSettings, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    train(make_settings(max_steps=1, log_to="tensorboard"), tmp_path / "out")
    (events,) = (tmp_path / "out" / "tensorboard").glob("events.*")
    assert b"train/loss" in events.read_bytes()


def test_losses_go_to_trackio_if_asked(make_settings: MakeSettings, tmp_path: Path) -> None:
    pytest.importorskip("trackio")
    line = [*command(make_settings(max_steps=1), tmp_path / "out"), "--log-to", "trackio"]
    subprocess.run(line, check=True)  # a process of its own: trackio reads its folder once
    with sqlite3.connect(tmp_path / "out" / "trackio" / "huggingface.db") as database:
        logged = str(list(database.execute("select metrics from metrics")))
    assert "train/loss" in logged
    assert "eval/loss" in logged


def launched(settings: Settings, out: Path) -> list[str]:
    line = command(settings, out, "--accumulate", "1", "--device", "cpu")
    plain = ["--mixed_precision", "no", "--dynamo_backend", "no"]
    return [*launching.ddp(), *plain, "-m", "vsfa_data.train", *line[4:]]


def test_two_processes_compute_what_one_does(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings(max_steps=4, save_every=2)
    alone = train(settings, tmp_path / "alone")
    done = subprocess.run(
        launched(settings, tmp_path / "both"), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    both = json.loads((tmp_path / "both" / "adapter" / "run.json").read_text())
    assert both["hyperparameters"]["processes"] == 2
    assert both["tokens"] == alone.record["tokens"]
    for split in ("train", "validation"):
        for end in ("first", "last"):
            assert both["losses"][split][end] == pytest.approx(
                alone.record["losses"][split][end], abs=1e-4
            )
    one, two = (
        load_file(folder / "adapter_model.safetensors")
        for folder in (alone.path, tmp_path / "both" / "adapter")
    )
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_two_processes_say_a_mistake_once(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings(config="text")
    line = [*launched(settings, tmp_path / "both"), "--config", "text"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode != 0
    assert done.stderr.count("has no config 'text'") == 1
    assert not (tmp_path / "both").exists()
