from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from rich.console import Console

from tests.commands.training import WEIGHTS, text
from vsfa_data.commands import training_shown
from vsfa_data.train.rehearsal import Rehearsed
from vsfa_data.train.timing import Estimate


def test_what_is_learned_stands_out(shown: Console) -> None:
    time = Estimate(seconds_per_step=2.0, slowest_step=3.0, evaluations=5.0, seconds=65.0)
    outline: Any = SimpleNamespace(
        steps=30, trainable=WEIGHTS, conversations=4, tokens=9, answer_tokens=3
    )
    parts = [("What is it?", False), ("A cat.", True)]
    training_shown.show_rehearsed(
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
