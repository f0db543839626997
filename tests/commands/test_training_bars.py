from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from vsfa_data import console
from vsfa_data.commands import training_bars
from vsfa_data.train.lora import Trainable
from vsfa_data.train.rehearsal import Rehearsed
from vsfa_data.train.timing import Estimate

WEIGHTS = Trainable(100, 1000, {"model.language_model.layers.*.q_proj": 2, "model.projector": 1})


@pytest.fixture(params=[False, True], ids=["pipe", "terminal"])
def shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Console:
    screen = Console(file=io.StringIO(), width=80, force_terminal=request.param, highlight=False)
    for module in (console, training_bars):
        monkeypatch.setattr(module, "stderr", screen)
    return screen


def text(screen: Console) -> str:
    file: Any = screen.file
    return str(file.getvalue())


def test_a_run_is_told_from_start_to_end(shown: Console) -> None:
    outline: Any = SimpleNamespace(steps=20, trainable=WEIGHTS)
    with training_bars.TrainingBars() as bars:
        bars.run("threat", 1, 2, 4)
        bars.anew()
        bars.doing("try a [b] c")
        bars.preparing("validation", 3)
        bars.prepared(3)
        bars.starting(outline, 10)
        bars._began -= 1.0
        for step in range(11, 21):
            bars.step(step, 100)
            bars.logged(step, {"loss": 2.5})
            if step == 15:
                bars.logged(step, {"eval_loss": 2.75})
        bars.logged(20, {"eval_loss": 2.25})
    said = text(shown)
    assert "run 2 of 4: threat, seed 1" in said
    assert "try a [b] c\n" in said
    assert "going on after step 10 of 20" in said
    assert "note: model.projector is no part of the language model" in said
    assert "an earlier start ended before its first checkpoint: beginning anew" in said
    assert "loss 2.5000" in said
    assert "2.2500" in said
    if not shown.is_terminal:
        assert [line.split(":")[0] for line in said.splitlines() if "loss 2.5" in line] == [
            f"step {step} of 20" for step in (12, 14, 16, 18, 20)
        ]
        assert " tokens/s" in said
        # A validation loss is told where it was taken, and not again with later steps.
        told = [line for line in said.splitlines() if "validation 2." in line]
        assert told == [
            "step 15 of 20: validation 2.7500",
            "step 20 of 20: validation 2.2500",
        ]
    else:
        last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.splitlines()[-2])
        assert re.search(r"20/20 \d:\d\d:\d\d \d:\d\d:\d\d loss 2.5000, val. 2.2500, [\d,]+ ", last)


def test_what_is_learned_stands_out(shown: Console) -> None:
    time = Estimate(seconds_per_step=2.0, slowest_step=3.0, evaluations=5.0, seconds=65.0)
    outline: Any = SimpleNamespace(
        steps=30, trainable=WEIGHTS, conversations=4, tokens=9, answer_tokens=3
    )
    parts = [("What is it?", False), ("A cat.", True)]
    training_bars.show_rehearsed(
        Rehearsed(outline, 9, 1, 2.5, time, 2, 2**30, budget=None, shown=parts)
    )
    said = text(shown)
    if shown.is_terminal:
        assert "what is learned underlined" in said
        assert "\x1b[4mA cat.\x1b[0m" in said
    else:
        assert "in [[double brackets]]:\nWhat is it?[[A cat.]]" in said
    told = " ".join(said.replace("│", " ").split())
    assert "about 2 min 10 s, 2 runs of 1 min 5 s: 30 steps of 2.00 s" in told
    assert "9, 4 of them seen (1 left out)" in told


def test_names_that_strangers_chose_are_no_markup(shown: Console) -> None:
    with training_bars.TrainingBars() as bars:
        bars.run("[red]x\x1b]0;evil\x07", 0, 1, 1)
    assert "[red]x" in text(shown)
    assert "evil\x07" not in text(shown)
