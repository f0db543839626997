"""Tables of plain text: beside the result on stderr, or as the result itself on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from vsfa_data.console import streams
from vsfa_data.console.output import result
from vsfa_data.errors import printable

_ANY_WIDTH = 100_000  # of a row in a pipe, in characters


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table; cells are text and never markup."""
    streams.stderr.print(_table(title, columns, rows))


def show_list(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that is the result itself, on stdout: into a pipe or a file each row in one line."""
    with result():
        print_wide(_table(title, columns, rows), streams.stdout)


def print_wide(table: Table, screen: Console) -> None:
    """Print `table`; where there is no terminal, as wide as it takes for a line a row."""
    if not screen.is_terminal:
        anything = screen.options.update(max_width=_ANY_WIDTH)
        wide = screen.measure(table, options=anything).maximum
        screen = Console(highlight=False, width=wide, file=screen.file)
    screen.print(table)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    # Names, versions and licences of strangers' releases are among them.
    table = Table(title=escape(printable(title)), title_justify="left", show_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    return table
