"""What people see while a training run is under way, on stderr."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vsfa_data.commands.training_shown import show_trainable
from vsfa_data.console import streams
from vsfa_data.errors import printable
from vsfa_data.train.comparison import in_words
from vsfa_data.train.experiment import ExperimentWatcher

if TYPE_CHECKING:
    from vsfa_data.train.lora import Trainable
    from vsfa_data.train.outline import Outline


_LINES = 10
"""Lines that tell of a run's progress where there is no terminal."""
_BESIDE_BAR = 72
"""Columns for steps, times, losses and speed: at 80 all of them can be read."""
_FEW = 20
"""Steps of a run that is hardly more than a trial."""


class TrainingBars(ExperimentWatcher):
    """One bar for what is under way, with loss and tokens a second; lines without a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=min(30, max(3, streams.stderr.width - _BESIDE_BAR))),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=streams.stderr,
            disable=not streams.stderr.is_terminal,
        )
        self._task: TaskID | None = None
        self._steps = 0
        self._trainable: Trainable | None = None
        self._loss = self._validation = ""
        self._began, self._tokens = 0.0, 0

    def __enter__(self) -> TrainingBars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def run(self, arm: str, seed: int, number: int, total: int) -> None:
        """A headline for each run of an experiment."""
        streams.stderr.print(f"run {number} of {total}: {escape(printable(arm))}, seed {seed}")

    def shared(self, budget: dict[str, Any]) -> None:
        """What the arms have in common."""
        streams.stderr.print(f"budget: {escape(printable(in_words(budget)))}", soft_wrap=True)

    def anew(self) -> None:
        """An earlier start left nothing to go on from."""
        streams.stderr.print("an earlier start ended before its first checkpoint: beginning anew")

    def doing(self, what: str) -> None:
        """A line: else nothing would be seen for minutes on a slow machine."""
        streams.stderr.print(escape(printable(what)), soft_wrap=True)

    def preparing(self, split: str, conversations: int) -> None:
        """A bar for looking at conversations."""
        self._begin(f"read {split[:5]}", conversations)

    def prepared(self, conversations: int) -> None:
        """Move it."""
        if self._task is not None:
            self._progress.advance(self._task, conversations)

    def starting(self, outline: Outline, first_step: int) -> None:
        """What will be trained, and how long."""
        if outline.trainable != self._trainable:  # several runs change the same layers
            show_trainable(outline.trainable)
        self._trainable = outline.trainable
        if outline.steps < _FEW:
            said = "a run of so few steps changes little; --epochs or --max-steps makes it longer"
            streams.stderr.print(f"note: {outline.steps} steps: {said}", soft_wrap=True)
        if first_step:
            streams.stderr.print(f"going on after step {first_step} of {outline.steps}")
        self._steps = outline.steps
        self._loss = self._validation = ""  # those of the run before are another's
        self._begin("train", outline.steps, first_step)
        self._began, self._tokens = time.perf_counter(), 0

    def step(self, step: int, tokens: int) -> None:
        """Move the bar."""
        self._tokens += tokens
        if self._task is not None:
            self._progress.update(self._task, completed=step, note=self._note())

    def logged(self, step: int, values: dict[str, Any]) -> None:
        """Renew the losses; without a terminal, say them now and then."""
        if "loss" in values:
            self._loss = f"loss {values['loss']:.4f}"
            due = step % max(1, self._steps // _LINES) == 0 or step == self._steps
            if due and not streams.stderr.is_terminal:
                said = f"step {step} of {self._steps}: {self._loss}, {self._speed()} tokens/s"
                streams.stderr.print(said, soft_wrap=True)
        if "eval_loss" in values:
            found = f"{values['eval_loss']:.4f}"
            self._validation = f"val. {found}"
            if not streams.stderr.is_terminal:
                said = f"step {step} of {self._steps}: validation {found}"
                streams.stderr.print(said, soft_wrap=True)
        if self._task is not None:
            self._progress.update(self._task, note=self._note())

    def _begin(self, what: str, total: int, completed: int = 0) -> None:
        self._task = self._progress.add_task(what, total=total, completed=completed, note="")

    def _note(self) -> str:
        parts = (self._loss, self._validation, f"{self._speed()} tok/s")
        return ", ".join(part for part in parts if part)

    def _speed(self) -> str:
        return f"{self._tokens / max(1e-9, time.perf_counter() - self._began):,.0f}"
