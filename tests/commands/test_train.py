from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vsfa_data import cli
from vsfa_data.cli import app
from vsfa_data.errors import UserError
from vsfa_data.train import run
from vsfa_data.train.run import Trained
from vsfa_data.train.settings import describe


@pytest.fixture
def words(pristine: Path, checkpoints: dict[str, Path], tmp_path: Path) -> list[str]:
    """A command line for a run of two small steps."""
    return [
        *("train", str(pristine), "--model", str(checkpoints["llava"]), "--max-steps", "2"),
        *("--batch-size", "2", "--max-image-px", "64", "--out", str(tmp_path / "out")),
    ]


def invoked(*arguments: str) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_every_setting_is_an_option() -> None:
    shown = invoked("train", "--help").output
    for name, _, _ in describe():
        assert name == "dataset" or f"--{name.replace('_', '-')}" in shown
    assert "--no-checkpointing" in shown
    assert "--no-repeatable" in shown


def test_people_see_layers_losses_and_where_the_adapter_is(
    words: list[str], tmp_path: Path
) -> None:
    done = invoked(*words)
    assert (done.exit_code, done.stdout) == (0, "")
    for wanted in (
        "weights will change",
        "model.language_model.layers.*.self_attn.q_proj",
        "step 2 of 2: loss ",
        " tokens/s",
        f"  {tmp_path / 'out' / 'adapter'}\n",
    ):
        assert wanted in done.stderr
    told = json.loads(invoked(*words, "--json").stdout)
    assert told["reused"] is True
    assert told["run"] == json.loads(Path(told["adapter"], "run.json").read_text())


def test_quiet_says_nothing(words: list[str]) -> None:
    done = invoked(*words, "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_a_dry_run_tells_and_writes_nothing(words: list[str], tmp_path: Path) -> None:
    told = json.loads(invoked(*words, "--dry-run", "--json").stdout)
    assert told["steps"] == 2
    assert told["trainable_parameters"] > 0
    assert [part["loss"] for part in told["conversation"]][:2] == [False, True]
    assert not (tmp_path / "out").exists()


def test_arms_and_seeds_make_an_experiment(words: list[str]) -> None:
    told = json.loads(invoked(*words, "--arms", "threat, control", "--seeds", "3", "--json").stdout)
    assert [Path(one["adapter"]).parent.name for one in told["runs"]] == [
        "threat-seed3",
        "control-seed3",
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--rank", "0"], "--rank 0: must be from 1 to 4096"),
        (["--seeds", "0,x"], "--seeds 0,x: give whole numbers with commas, like 0,1,2"),
        (["--config", "nothing"], "has no config 'nothing'. Choose one with --config: control"),
        (["--arms", ","], "--arms ,: give names with commas, like threat,control"),
        (["--seeds", "0", "--config", "control", "--arms", "threat"], "--config would be ignored"),
        (["--seeds", "0", "--seed", "0"], "--seed would be ignored beside --seeds: --seeds names"),
        (["--epochs", "1"], "--epochs would be ignored beside --max-steps: --max-steps says"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], tmp_path: Path, more: list[str], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        invoked(*words, *more)
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_mistake_ends_with_2(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["vsfa-data", *words, "--config", "nothing", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")


def test_ctrl_c_says_how_to_go_on(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "train", interrupted)
    done = invoked(*words)
    assert done.exit_code == 130
    assert done.stderr.splitlines()[-1] == (
        "interrupted. Run the same command again to go on from the last checkpoint"
    )


def test_merge_writes_a_model(
    trained: Trained, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    arguments = ["merge", str(trained.path), "--model", str(checkpoints["llava"])]
    told = json.loads(invoked(*arguments, "--out", str(tmp_path / "merged"), "--json").stdout)
    assert told == {"merged": str(tmp_path / "merged")}
    assert (tmp_path / "merged" / "model.safetensors").is_file()
