from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from tests.commands.training import WEIGHTS, text
from vsfa_data.commands import training_bars


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


def test_names_that_strangers_chose_are_no_markup(shown: Console) -> None:
    with training_bars.TrainingBars() as bars:
        bars.run("[red]x\x1b]0;evil\x07", 0, 1, 1)
    assert "[red]x" in text(shown)
    assert "evil\x07" not in text(shown)
