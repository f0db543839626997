from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.train.watching import Remembering
from vsfa_data.errors import UserError
from vsfa_data.train.callbacks import Companion, metric_lines, metrics
from vsfa_data.train.folder import RunFolder
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings


def companion(folder: RunFolder) -> Companion:
    return Companion(folder, SimpleNamespace(), Remembering())  # type: ignore[arg-type]


def test_metrics_hold_no_clock() -> None:
    history = [
        {"step": 0, "eval_loss": 2.0, "epoch": 0.0},
        {"step": 1, "loss": 1.5, "grad_norm": 0.1, "learning_rate": 0.2, "epoch": 0.5},
        {"step": 1, "train_runtime": 12.3, "train_loss": 1.5},
    ]
    assert metrics(history) == [
        {"step": 0, "eval_loss": 2.0},
        {"step": 1, "loss": 1.5, "learning_rate": 0.2, "grad_norm": 0.1},
    ]
    assert [json.loads(line) for line in metric_lines(history)] == metrics(history)


@pytest.mark.parametrize("name", ["loss", "eval_loss"])
def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path, name: str) -> None:
    state: Any = SimpleNamespace(
        log_history=[{"step": 3, name: float("nan")}], is_world_process_zero=True, global_step=3
    )
    with pytest.raises(UserError, match=r"is nan at step 3: training has diverged. Lower --learn"):
        companion(RunFolder(tmp_path)).on_log(
            SimpleNamespace(learning_rate=0.1),  # type: ignore[arg-type]
            state,
            SimpleNamespace(),  # type: ignore[arg-type]
        )


def test_a_watcher_hears_of_everything(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    watcher = Remembering()
    done = train(make_settings(max_steps=7, eval_every=3, save_every=2), tmp_path / "out", watcher)
    assert watcher.first_steps == [0]
    assert watcher.steps == list(range(1, 8))
    assert watcher.tokens == done.record["tokens"]["seen"]
    assert watcher.checkpoints == [2, 4, 6, 7]
    assert [one["step"] for one in watcher.losses if "loss" in one] == list(range(1, 8))
    # Before the first step, every third, and after the last.
    assert [one["step"] for one in watcher.losses if "eval_loss" in one] == [0, 3, 6, 7]
    counts = (done.record["dataset"][split]["conversations"] for split in ("train", "validation"))
    assert watcher.prepared_rows == sum(counts)
    assert watcher.outline is not None
    assert watcher.outline.steps == 7
