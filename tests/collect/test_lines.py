from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from vsfa_data.collect import lines


def rows(text: str) -> list[tuple[int, list[str]]]:
    return list(lines.cells(lines.of(io.StringIO(text, newline=""))))


def test_rows_are_numbered_by_their_last_line() -> None:
    assert rows('a,b\n\n"1\n2",3\n') == [(1, ["a", "b"]), (2, []), (4, ["1\n2", "3"])]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("x" * 131_073, "has a cell of more than 131,072 characters; shorten it, or close its"),
        ('"' + "x\n" * 70_000, "has a cell of more than 131,072 characters; shorten it, or close"),
        ('"x', "has a double quote that is never closed; close it, or"),
        ('"x"y', "is not CSV: ',' expected after '\"'; put cells that hold quotes between"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_by_the_line_where_it_begins(bad: str, told: str) -> None:
    before = csv.field_size_limit(10_000_000)  # as other code of the process may have left it
    with pytest.raises(ValueError, match=r"^the row at line 4 ") as caught:
        rows(f'a,b\n"1\n2",3\n{bad}\n')
    assert told in str(caught.value)
    assert csv.field_size_limit(before) == 10_000_000


@pytest.mark.parametrize("read", [list, lambda found: list(lines.cells(found))])
def test_a_line_without_end_is_not_read(read: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"^line 2 has more than 1,000,000 characters; shorten"):
        read(lines.of(io.StringIO("a\n" + "b" * (lines.MAX_LINE + 1))))
