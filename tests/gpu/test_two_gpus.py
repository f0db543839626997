"""Training and captioning over two GPUs of one machine, against one of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.gpu import spread
from tests.caption import taught
from tests.caption.made import plain
from tests.gpu.test_training import reloaded
from tests.train import launching
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs"),
]
MakeSettings = Callable[..., Settings]


def line(settings: Settings, out: Path, *more: str) -> list[str]:
    given = {
        "model": settings.model,
        "out": out,
        "max-steps": settings.max_steps,
        "batch-size": settings.batch_size,
        "learning-rate": settings.learning_rate,
        "max-image-px": settings.max_image_px,
        "accumulate": 1,
        "workers": 1,
    }
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return ["-m", "vsfa_data.train", settings.dataset, *words, "-q", *more]


def losses(folder: Path) -> list[float]:
    lines = (folder / "adapter" / "metrics.jsonl").read_text().splitlines()
    return [entry["eval_loss"] for entry in map(json.loads, lines) if "eval_loss" in entry]


@pytest.mark.parametrize("kind", ["ddp", "fsdp"])
def test_two_gpus_compute_what_one_does(
    kind: str, make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(max_steps=4, dtype="bfloat16", accumulate=2, workers=1)
    alone = train(settings, tmp_path / "alone")
    both = tmp_path / "both"
    launch = launching.fsdp(tmp_path) if kind == "fsdp" else launching.ddp()
    done = subprocess.run([*launch, *line(settings, both)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    made = json.loads((both / "adapter" / "run.json").read_text())
    assert made["hyperparameters"]["processes"] == 2
    assert made["tokens"] == alone.record["tokens"]
    assert losses(both) == pytest.approx(losses(tmp_path / "alone"), abs=2e-3)
    one, two = (load_file(f / "adapter_model.safetensors") for f in (alone.path, both / "adapter"))
    assert one.keys() == two.keys()
    assert all(bool(w.abs().max() > 0) for name, w in two.items() if "lora_B" in name)
    model = reloaded(settings.model, both / "adapter")
    held = {n: p for n, p in model.named_parameters() if "lora_B" in n}
    (name, weight), *_ = held.items()
    torch.testing.assert_close(
        weight.float().cpu(), two[name.replace(".default", "")].float(), atol=1e-2, rtol=1e-2
    )


def test_fsdp_goes_on_after_a_kill_with_the_same_losses(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(max_steps=6, dtype="bfloat16")
    command = [*launching.fsdp(tmp_path), *line(settings, tmp_path / "cut", "--save-every", "2")]
    whole = [*launching.fsdp(tmp_path), *line(settings, tmp_path / "w", "--save-every", "2")]
    subprocess.run(whole, check=True, capture_output=True)
    running = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    mark = tmp_path / "cut" / "work" / "checkpoints" / "checkpoint-2" / "whole"
    while not mark.is_file():
        assert running.poll() is None, "it ended before its first checkpoint was seen"
        os.sched_yield()
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "cut" / "adapter").exists()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "w"), abs=1e-3)


def test_captions_of_two_gpus_are_those_of_one(tmp_path: Path) -> None:
    pictures = [plain(c, (32 + at, 40)) for at in range(20) for c in ("black", "white")]
    shards = spread.shards(pictures, tmp_path, size=4)
    options = {"model": str(taught.checkpoint()), "dtype": "float32", "max_new_tokens": 60}
    one, two = (spread.captioned(shards, options, tmp_path / str(cards), cards) for cards in (1, 2))
    assert len(one.texts) == len({picture.image_id for picture in pictures})
    assert set(one.texts.values()) == {taught.DARK, taught.BRIGHT}
    assert two.texts == one.texts
    assert (one.cards, two.cards) == (1, 2)
