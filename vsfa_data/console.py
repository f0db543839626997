"""What people see: progress while a build runs, tables when it has ended, on stderr.

A list that was asked for is the result itself and goes to stdout: it can be paged and searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
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
from rich.table import Table

from vsfa_data.commands.output import result
from vsfa_data.errors import printable

if TYPE_CHECKING:
    from vsfa_data.pipeline import Built
    from vsfa_data.workspace import Counts, Preparation

stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)

_SHOWN_REASONS = 3
_SHOWN_COVARIATES = 6
_AIM = 0.1
_ANY_WIDTH = 100_000  # of a row in a pipe, in characters
_SAID = {
    "computed": "",
    "resumed": "going on where it stopped",
    "recomputed": "recomputing",
    "reused": "up to date",
}


class Quiet:
    """A watcher that says nothing."""

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        """Nothing."""

    def advanced(self, units: int) -> None:
        """Nothing."""

    def noted(self, text: str) -> None:
        """Nothing."""

    def ended(self, stage: str, counts: Counts) -> None:
        """Nothing."""


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
            console=stderr,
            disable=not stderr.is_terminal,
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
        if not stderr.is_terminal and note:
            stderr.print(f"{stage}: {escape(printable(note))}", soft_wrap=True)

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
        if not (stderr.is_terminal and self._waits):
            stderr.print(f"{self._stage}: {said}", soft_wrap=True)
        self._waits = bool(text)

    def ended(self, stage: str, counts: Counts) -> None:
        """Fill the bar; without a terminal, say what came of the stage."""
        if self._task is not None:
            self._progress.update(self._task, total=counts.counted, completed=counts.counted)
        if not stderr.is_terminal:
            stderr.print(f"{stage}: kept {counts.kept} of {counts.counted}", soft_wrap=True)


def _in_words(reason: str) -> str:
    """A changed ingredient for people: hashes tell them nothing."""
    key = reason.partition(":")[0]
    if key.startswith("input."):
        return f"{key.removeprefix('input.')} changed"
    if key == "listed":
        return "the listed files changed"
    return f"{key.removeprefix('with.')} changed" if key.startswith("with.") else reason


def show_built(built: Built) -> None:
    """The funnel, where the tables are or, if there is one, the release, and how to load it."""
    stderr.print(_funnel_table(built))
    if said := _rejects_line(built):
        stderr.print(escape(printable(said)), soft_wrap=True)
    if built.unanswered:
        stderr.print(escape(built.unanswered), soft_wrap=True)
    if said := _balance_line(built):
        stderr.print(escape(said), soft_wrap=True)
    released = built.released
    if released is None:
        if stages := ",".join(built.stages):
            said = f"tables (see docs/tables.md): {built.work}/{{{stages}}}/part-*.parquet"
            stderr.print(escape(said), soft_wrap=True)
        return
    for config, splits in released.counts.items():
        shares = ", ".join(f"{split} {rows}" for split, rows in splits.items())
        stderr.print(f"{config}: {sum(splits.values())} images ({shares})")
    stderr.print(f"fingerprint: {released.fingerprint}")
    if released.replaced is not None:
        stderr.print(
            f"note: this replaced another release of the same version, with the fingerprint "
            f"{released.replaced}. To keep both, raise 'version' in the recipe and build with "
            f"another --out"
        )
    stderr.print("release:")
    stderr.print(f"  {escape(str(released.path))}", soft_wrap=True)
    stderr.print("load it with:")
    config, splits = next(iter(released.counts.items()))
    for line in (
        "from datasets import load_dataset",
        f"dataset = load_dataset({str(released.path)!r}, {config!r})",
        f"print(dataset[{next(iter(splits))!r}][0]['messages'])",
    ):
        stderr.print(f"  {escape(line)}", soft_wrap=True)


def _rejects_line(built: Built) -> str:
    """Which files were not collected and where all of them stand; empty if none was rejected."""
    if not built.not_collected:
        return ""
    line = built.funnel["collect"]
    named = ", ".join(f"{reference} ({reason})" for reference, reason in built.not_collected)
    more = line["in"] - line["kept"] - len(built.not_collected)
    rest = f", and {more} more" if more else ""
    return f"not collected: {named}{rest}; see {built.work}/{{collect,dedupe}}/rejects-*.parquet"


def _balance_line(built: Built) -> str:
    """How alike threats and controls are, and what still differs; empty if none were matched."""
    apart = {name: found["after"] for name, found in built.balance.items()}
    far = sorted((name for name in apart if abs(apart[name]) >= _AIM), key=lambda n: -abs(apart[n]))
    if not apart:
        return ""
    alike = f"controls: {len(apart) - len(far)} of {len(apart)} covariates differ by less than 0.1"
    listed = ", ".join(f"{name} {apart[name]:+.2f}" for name in far[:_SHOWN_COVARIATES])
    more = f", and {len(far) - _SHOWN_COVARIATES} more" if len(far) > _SHOWN_COVARIATES else ""
    return f"{alike} standard deviations" + (f"; not so {listed}{more}" if far else "")


def _funnel_table(built: Built) -> Table:
    table = Table(title="funnel", title_justify="left", show_edge=False)
    table.add_column("step")
    table.add_column("", justify="right")
    table.add_column("of which rejected")
    for name, count, note in _funnel_lines(built):
        table.add_row(name, f"{count:,}", escape(note))
    return table


def _funnel_lines(built: Built) -> Iterable[tuple[str, int, str]]:
    from vsfa_data.pipeline.funnel import reasons_text

    names = {"filter": "selected", "caption": "captioned", "release": "released"}
    for step, line in built.funnel.items():
        if step == "collect":
            yield "images collected", line["in"], reasons_text(line)
            yield "images readable and unique", line["kept"], ""
        elif step == "ask":
            yield "pairs asked", line["in"], reasons_text(line)
            yield "pairs kept", line["kept"], ""
        else:
            if step == "filter" and built.scored is not None:
                yield "images scored", built.scored, reasons_text(line)
            note = "" if step == "filter" else reasons_text(line)
            yield f"images {names[step]}", line["kept"], note


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
        console=stderr,
        disable=not stderr.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=None)
        yield lambda total: progress.update(task, total=total), lambda: progress.advance(task)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table; cells are text and never markup."""
    stderr.print(_table(title, columns, rows))


def show_list(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that is the result itself, on stdout: into a pipe or a file each row in one line."""
    table, printed = _table(title, columns, rows), stdout
    if not stdout.is_terminal:
        anything = stdout.options.update(max_width=_ANY_WIDTH)
        wide = stdout.measure(table, options=anything).maximum
        printed = Console(highlight=False, width=wide, file=stdout.file)
    with result():
        printed.print(table)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    # Names, versions and licences of strangers' releases are among them.
    table = Table(title=escape(printable(title)), title_justify="left", show_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    return table


def as_json(built: Built, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """What `--json` prints."""
    released = built.released
    return {
        "recipe": {"name": recipe["name"], "version": recipe["version"], "seed": recipe["seed"]},
        "funnel": built.funnel,
        "stages": built.stages,
        "balance": built.balance,
        "release": None if released is None else str(released.path),
        "fingerprint": None if released is None else released.fingerprint,
        "replaced": None if released is None else released.replaced,
        "configs": {} if released is None else released.counts,
    }
