"""What people see of a training run, on stderr."""

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
from rich.text import Text

from vsfa_data.console import show_table, stderr
from vsfa_data.errors import printable
from vsfa_data.train.experiment import ExperimentWatcher, in_words

if TYPE_CHECKING:
    from vsfa_data.train.lora import Trainable
    from vsfa_data.train.outline import Outline
    from vsfa_data.train.rehearsal import Rehearsed
    from vsfa_data.train.run import Trained

_LINES = 10
"""Lines that tell of a run's progress where there is no terminal."""


class TrainingBars(ExperimentWatcher):
    """One bar for what is under way, with loss and tokens a second; lines without a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=stderr,
            disable=not stderr.is_terminal,
        )
        self._task: TaskID | None = None
        self._steps = 0
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

    def preparing(self, split: str, conversations: int) -> None:
        """A bar for looking at conversations."""
        self._begin(f"read {split[:5]}", conversations)

    def prepared(self, conversations: int) -> None:
        """Move it."""
        if self._task is not None:
            self._progress.advance(self._task, conversations)

    def starting(self, outline: Outline, first_step: int) -> None:
        """What will be trained, and how long."""
        show_trainable(outline.trainable)
        if first_step:
            stderr.print(f"going on after step {first_step} of {outline.steps}")
        self._steps = outline.steps
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
                stderr.print(f"step {step} of {self._steps}: {self._note()}", soft_wrap=True)
        if "eval_loss" in values:
            self._validation = f"validation {values['eval_loss']:.4f}"
            if not stderr.is_terminal:
                stderr.print(f"step {step}: {self._validation}", soft_wrap=True)
        if self._task is not None:
            self._progress.update(self._task, note=self._note())

    def _begin(self, what: str, total: int, completed: int = 0) -> None:
        self._task = self._progress.add_task(what, total=total, completed=completed, note="")

    def _note(self) -> str:
        speed = self._tokens / max(1e-9, time.perf_counter() - self._began)
        return ", ".join(
            part for part in (self._loss, self._validation, f"{speed:,.0f} tokens/s") if part
        )


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
    shown = Text("a conversation as the model reads it, answers underlined:\n", end="\n")
    for text, scored in found.shown:
        shown.append(text, style="underline" if scored else "")
    stderr.print(shown)
    rows = [
        ("conversations", f"{found.conversations:,} ({found.left_out:,} left out)"),
        ("steps", f"{found.outline.steps:,}"),
        ("tokens", f"{found.outline.tokens:,}, {found.outline.answer_tokens:,} of them in answers"),
        ("loss before training", f"{found.loss:.4f} on the longest batch"),
        ("time", f"at most {found.seconds_per_step:.2f} s a step, {_duration(found.seconds)}"),
        ("peak memory", f"{found.peak_bytes / 2**30:.2f} GiB"),
    ]
    if found.budget is not None:
        rows.insert(3, ("arms", in_words(found.budget)))
    show_table("dry run: nothing was written", ("what", "how much"), rows)


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
