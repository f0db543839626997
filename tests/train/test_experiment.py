from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.train.releases import changed
from tests.train.watching import Remembering
from vsfa_data.errors import UserError, WorkspaceError
from vsfa_data.train import loss, trainer
from vsfa_data.train.comparison import COLUMNS, budgets
from vsfa_data.train.experiment import experiment
from vsfa_data.train.settings import Settings
from vsfa_data.workspace import Workspace


def talkative(table: pa.Table) -> pa.Table:
    """One conversation goes on for two turns more than those of its partners."""
    messages = table.column("messages").to_pylist()
    messages[0] += messages[0][-2:] * 2
    at = table.column_names.index("messages")
    return table.set_column(at, "messages", pa.array(messages, table.schema.field("messages").type))


def test_arms_get_the_same_budget_and_a_table(
    make_settings: Callable[..., Settings],
    pristine: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watcher = Remembering()
    release = changed(Path(shutil.copytree(pristine, tmp_path / "release")), talkative)
    settings = make_settings(dataset=str(release), max_steps=None, epochs=1.0, eval_every=100)
    out = tmp_path / "out"
    trained: list[int] = []

    def spy(model: Any, inputs: dict[str, Any], **given: bool) -> Any:
        total, tokens = loss.token_losses(model, inputs, **given)
        trained.append(int(tokens) if model.training else 0)
        return total, tokens

    monkeypatch.setattr(trainer, "token_losses", spy)
    found = experiment(settings, out, ["threat", "control"], [0, 1], watcher)
    assert watcher.runs == [
        ("threat", 0, 1, 4),
        ("threat", 1, 2, 4),
        ("control", 0, 3, 4),
        ("control", 1, 4, 4),
    ]
    rows = json.loads((pristine / "manifest.json").read_text())["configs"]
    smallest = min(config["splits"]["train"]["rows"] for config in rows.values())
    for one in found.runs:
        assert one.record["dataset"]["train"]["conversations"] == smallest
        budget = one.record["budget"]
        assert max(budget["apart"].values()) <= budget["tolerance"] == 0.005
        own = budget["arms"][one.record["dataset"]["config"]]
        said = (own["conversations"], own["tokens"], own["answer_tokens"])
        assert said == (smallest, *one.record["tokens"].values())
    # What carried a loss is what was said, and whole turns were left out for it.
    assert sum(trained) == sum(one.record["tokens"]["answers"] for one in found.runs)
    arms = [one.record["budget"]["arms"] for one in found.runs]
    assert min(run["threat"]["turns_left_out"] for run in arms) > 0
    assert max(run["control"]["turns_left_out"] for run in arms) == 0
    assert [one["apart"] for one in watcher.budgets] == [
        one.record["budget"]["apart"] for one in found.runs
    ]
    assert len({one.record["hyperparameters"]["steps"] for one in found.runs}) == 1
    assert len({one.record["weights_sha256"] for one in found.runs}) == 4
    assert [row[:2] for row in found.rows] == [
        ("threat", "0"),
        ("threat", "1"),
        ("control", "0"),
        ("control", "1"),
        ("threat", "mean"),
        ("control", "mean"),
    ]
    # The untouched base has the same loss whatever the seed.
    before = COLUMNS.index("val. before")
    assert found.rows[0][before] == found.rows[1][before]
    assert found.rows[4][before] == f"{found.rows[0][before]} ± 0.0000"
    text = (out / "experiment.md").read_text()
    assert text.count("\n| threat | ") == 3
    assert all(line in text for line in budgets(found.runs))
    assert len(json.loads((out / "experiment.json").read_text())) == 4
    assert sorted(path.name for path in out.iterdir()) == [
        *("control-seed0", "control-seed1", "experiment.json", "experiment.md"),
        *("threat-seed0", "threat-seed1"),
    ]


def test_finished_runs_are_not_repeated(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(max_steps=1)
    experiment(settings, tmp_path, ["threat"], [0])
    again = experiment(settings, tmp_path, ["threat"], [0, 1])
    assert [one.reused for one in again.runs] == [True, False]
    # A step of four conversations: what the run has seen is told, not what it might have.
    seen = {name: again.rows[0][COLUMNS.index(name)] for name in ("images", "turns")}
    assert (seen, again.runs[0].record["seen"]) == (
        {"images": "4", "turns": "8"},
        {"conversations": 4, "turns": 8},
    )
    assert again.runs[0].record["dataset"]["train"]["conversations"] > 4


def test_an_experiment_in_another_s_folder_leaves_its_conversations(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    kept = tmp_path / "work" / "arms" / "conversations"
    kept.mkdir(parents=True)
    with Workspace(tmp_path), pytest.raises(WorkspaceError, match="is in use by process"):
        experiment(make_settings(), tmp_path, ["threat", "control"], [1])
    assert kept.is_dir()


def test_a_mistake_is_found_before_anything_is_trained(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"has no config 'thread'. Choose one with --config"):
        experiment(make_settings(config="thread"), tmp_path / "out", [], [0, 1])
    with pytest.raises(UserError, match=r"has no config 'thread'. Choose one with --arms"):
        experiment(make_settings(), tmp_path / "out", ["threat", "thread"], [0])
    with pytest.raises(UserError, match=r"--seeds 0,0: each may be named once"):
        experiment(make_settings(), tmp_path / "out", ["threat"], [0, 0])
    with pytest.raises(UserError, match=r"--seed -1: must be from 0"):
        experiment(make_settings(), tmp_path / "out", ["threat"], [0, -1])
    assert not (tmp_path / "out").exists()
