"""What people see once a training run, or its rehearsal, has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from vsfa_data.console import streams
from vsfa_data.console.tables import show_table
from vsfa_data.errors import printable
from vsfa_data.train.comparison import in_words

if TYPE_CHECKING:
    from vsfa_data.train.lora import Trainable
    from vsfa_data.train.rehearsal import Rehearsed
    from vsfa_data.train.run import Trained


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
            streams.stderr.print(f"left out, {said}: {left} conversations of the train split")
    streams.stderr.print("adapter, up to date:" if done.reused else "adapter:")
    streams.stderr.print(f"  {escape(str(done.path))}", soft_wrap=True)
    streams.stderr.print("load it as its README.md says")


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


def show_trainable(found: Trainable) -> None:
    """Which layers will change."""
    share = found.parameters / found.all_parameters
    title = f"{found.parameters:,} of {found.all_parameters:,} weights will change ({share:.2%})"
    show_table(
        title, ("layers with LoRA", "number"), [(n, str(c)) for n, c in found.groups.items()]
    )
    for name in found.outside:
        streams.stderr.print(f"note: {escape(printable(name))} is no part of the language model")


def _show_conversation(parts: Sequence[tuple[str, bool]]) -> None:
    """What carries a loss stands out: underlined, and in a pipe, where nothing is, in brackets."""
    underlines = streams.stderr.is_terminal and not streams.stderr.legacy_windows
    how = "underlined" if underlines else "in [[double brackets]]"
    shown = Text(f"a conversation as the model reads it, what is learned {how}:\n", end="\n")
    for text, scored in parts:
        if scored and underlines:
            shown.append(text, style="underline")
        else:
            shown.append(f"[[{text}]]" if scored else text)
    streams.stderr.print(shown, soft_wrap=True)


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
