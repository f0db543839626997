"""A watcher that remembers."""

from __future__ import annotations

from typing import Any

from vsfa_data.train.experiment import ExperimentWatcher
from vsfa_data.train.outline import Outline


class Remembering(ExperimentWatcher):
    def __init__(self) -> None:
        self.done: list[str] = []
        self.prepared_rows = 0
        self.first_steps: list[int] = []
        self.steps: list[int] = []
        self.tokens = 0
        self.losses: list[dict[str, Any]] = []
        self.checkpoints: list[int] = []
        self.runs: list[tuple[str, int, int, int]] = []
        self.budgets: list[dict[str, Any]] = []
        self.outline: Outline | None = None

    def doing(self, what: str) -> None:
        self.done.append(what)

    def prepared(self, conversations: int) -> None:
        self.prepared_rows += conversations

    def shared(self, budget: dict[str, Any]) -> None:
        self.budgets.append(budget)

    def starting(self, outline: Outline, first_step: int) -> None:
        self.outline = outline
        self.first_steps.append(first_step)

    def step(self, step: int, tokens: int) -> None:
        self.steps.append(step)
        self.tokens += tokens

    def logged(self, step: int, values: dict[str, Any]) -> None:
        self.losses.append({"step": step, **values})

    def saved(self, step: int) -> None:
        self.checkpoints.append(step)

    def run(self, arm: str, seed: int, number: int, total: int) -> None:
        self.runs.append((arm, seed, number, total))
