"""Progress while a build runs, and while anything else is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vsfa_data.console import streams
from vsfa_data.errors import printable

if TYPE_CHECKING:
    from vsfa_data.workspace import Counts, Preparation


_SHOWN_REASONS = 3
_SAID = {
    "computed": "",
    "resumed": "going on where it stopped",
    "recomputed": "recomputing",
    "reused": "up to date",
}


class Bars:
    """A watcher with one progress bar a stage, or one line a stage where there is no terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=streams.stderr,
            disable=not streams.stderr.is_terminal,
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._waits = False

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        """Show what will be done with the stage, and why."""
        self._stage, self._waits = stage, False
        note = _SAID[found.status]
        if why := list(dict.fromkeys(map(_in_words, found.why))):
            note += " because " + ", ".join(why[:_SHOWN_REASONS])
            if more := max(0, len(why) - _SHOWN_REASONS):
                note += f", and {more} more"
        self._task = self._progress.add_task(stage, total=total, note=escape(printable(note)))
        if not streams.stderr.is_terminal and note:
            streams.stderr.print(f"{stage}: {escape(printable(note))}", soft_wrap=True)

    def advanced(self, units: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, units)

    def noted(self, text: str) -> None:
        """Say why nothing moves: in the bar, and once above it, where there is room for all of it.

        Without a terminal each time. An empty `text`: it moves again.
        """
        said = escape(printable(text)) or "going on"
        if self._task is not None:
            self._progress.update(self._task, note=said if text else "")
        if not (streams.stderr.is_terminal and self._waits):
            streams.stderr.print(f"{self._stage}: {said}", soft_wrap=True)
        self._waits = bool(text)

    def ended(self, stage: str, counts: Counts) -> None:
        """Fill the bar; without a terminal, say what came of the stage."""
        if self._task is not None:
            self._progress.update(self._task, total=counts.counted, completed=counts.counted)
        if not streams.stderr.is_terminal:
            streams.stderr.print(f"{stage}: kept {counts.kept} of {counts.counted}", soft_wrap=True)


def _in_words(reason: str) -> str:
    """A changed ingredient for people: hashes tell them nothing."""
    key = reason.partition(":")[0]
    if key.startswith("input."):
        return f"{key.removeprefix('input.')} changed"
    if key == "listed":
        return "the listed files changed"
    return f"{key.removeprefix('with.')} changed" if key.startswith("with.") else reason


@contextmanager
def counting(what: str) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
    """A progress bar on a terminal.

    Gives two functions: one says how many units there are, the other that one more is done.
    """
    with Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=streams.stderr,
        disable=not streams.stderr.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=None)
        yield lambda total: progress.update(task, total=total), lambda: progress.advance(task)
