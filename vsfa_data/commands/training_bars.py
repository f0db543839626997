"""What people see of a training run, on stderr."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
from rich.text import Text

from vsfa_data.console import show_table, stderr
from vsfa_data.errors import printable
from vsfa_data.train.comparison import in_words
from vsfa_data.train.experiment import ExperimentWatcher

if TYPE_CHECKING:
    from vsfa_data.train.lora import Trainable
    from vsfa_data.train.outline import Outline
    from vsfa_data.train.rehearsal import Rehearsed
    from vsfa_data.train.run import Trained

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
            BarColumn(bar_width=min(30, max(3, stderr.width - _BESIDE_BAR))),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=stderr,
            disable=not stderr.is_terminal,
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
        stderr.print(f"run {number} of {total}: {escape(printable(arm))}, seed {seed}")

    def shared(self, budget: dict[str, Any]) -> None:
        """What the arms have in common."""
        stderr.print(f"budget: {escape(printable(in_words(budget)))}", soft_wrap=True)

    def anew(self) -> None:
        """An earlier start left nothing to go on from."""
        stderr.print("an earlier start ended before its first checkpoint: beginning anew")

    def doing(self, what: str) -> None:
        """A line: else nothing would be seen for minutes on a slow machine."""
        stderr.print(escape(printable(what)), soft_wrap=True)

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
            stderr.print(f"note: {outline.steps} steps: {said}", soft_wrap=True)
        if first_step:
            stderr.print(f"going on after step {first_step} of {outline.steps}")
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
            if due and not stderr.is_terminal:
                said = f"step {step} of {self._steps}: {self._loss}, {self._speed()} tokens/s"
                stderr.print(said, soft_wrap=True)
        if "eval_loss" in values:
            found = f"{values['eval_loss']:.4f}"
            self._validation = f"val. {found}"
            if not stderr.is_terminal:
                said = f"step {step} of {self._steps}: validation {found}"
                stderr.print(said, soft_wrap=True)
        if self._task is not None:
            self._progress.update(self._task, note=self._note())

    def _begin(self, what: str, total: int, completed: int = 0) -> None:
        self._task = self._progress.add_task(what, total=total, completed=completed, note="")

    def _note(self) -> str:
        parts = (self._loss, self._validation, f"{self._speed()} tok/s")
        return ", ".join(part for part in parts if part)

    def _speed(self) -> str:
        return f"{self._tokens / max(1e-9, time.perf_counter() - self._began):,.0f}"


def show_trainable(found: Trainable) -> None:
    """Which layers will change."""
    share = found.parameters / found.all_parameters
    title = f"{found.parameters:,} of {found.all_parameters:,} weights will change ({share:.2%})"
    show_table(
        title, ("layers with LoRA", "number"), [(n, str(c)) for n, c in found.groups.items()]
    )
    for name in found.outside:
        stderr.print(f"note: {escape(printable(name))} is no part of the language model")


def show_trained(done: Trained) -> None:
    """Where the adapter is, what came of it, how to load it."""
    record = done.record
    rows = [
        (name, f"{ends['first']:.4f}", f"{ends['last']:.4f}")
        for name, ends in record["losses"].items()
        if ends
    ]
    show_table("loss on answers", ("split", "first", "last"), rows)
    for reason in ("too_long", "with_control_tokens", "without_partner"):
        if left := record["dataset"]["train"].get(reason):
            said = reason.replace("_", " ")
            stderr.print(f"left out, {said}: {left} conversations of the train split")
    stderr.print("adapter, up to date:" if done.reused else "adapter:")
    stderr.print(f"  {escape(str(done.path))}", soft_wrap=True)
    stderr.print("load it as its README.md says")


def show_rehearsed(found: Rehearsed) -> None:
    """What `--dry-run` found out."""
    show_trainable(found.outline.trainable)
    _show_conversation(found.shown)
    rows = [
        ("conversations", _conversations(found)),
        ("steps", f"{found.outline.steps:,}"),
        ("tokens", f"{found.outline.tokens:,}, {found.outline.answer_tokens:,} of them in answers"),
        ("loss before training", f"{found.loss:.4f} on the longest batch"),
        ("time", _time(found)),
        ("", "an estimate: two batches were tried, a few times each; no checkpoint is in it"),
        ("peak memory", f"{found.peak_bytes / 2**30:.2f} GiB"),
    ]
    if found.budget is not None:
        rows.insert(3, ("arms", in_words(found.budget)))
    show_table("dry run: nothing was written", ("what", "how much"), rows)


def _show_conversation(parts: Sequence[tuple[str, bool]]) -> None:
    """What carries a loss stands out: underlined, and in a pipe, where nothing is, in brackets."""
    underlines = stderr.is_terminal and not stderr.legacy_windows
    how = "underlined" if underlines else "in [[double brackets]]"
    shown = Text(f"a conversation as the model reads it, what is learned {how}:\n", end="\n")
    for text, scored in parts:
        if scored and underlines:
            shown.append(text, style="underline")
        else:
            shown.append(f"[[{text}]]" if scored else text)
    stderr.print(shown, soft_wrap=True)


def _conversations(found: Rehearsed) -> str:
    seen = found.outline.conversations
    some = f", {seen:,} of them seen" if seen < found.conversations else ""
    return f"{found.conversations:,}{some} ({found.left_out:,} left out)"


def _time(found: Rehearsed) -> str:
    """All runs, and what one is made of."""
    one, steps = found.time, found.outline.steps
    runs = f", {found.runs} runs of {_duration(one.seconds)}" if found.runs > 1 else ""
    return (
        f"about {_duration(one.seconds * found.runs)}{runs}: {steps:,} steps of "
        f"{one.seconds_per_step:.2f} s (the longest {one.slowest_step:.2f} s), evaluations "
        f"{_duration(one.evaluations)}"
    )


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"
