from __future__ import annotations

import io

import pytest

from vsfa_data.console.tables import show_list, show_table


def test_what_is_shown_is_text_and_never_markup(said: io.StringIO) -> None:
    rows = [("x", "[red]boo[/red]\x1b[2J\nnext")]
    show_table("out/[/a]", ("name", "description"), rows)
    assert "out/[/a]" in said.getvalue()
    assert "[red]boo[/red] [2J next" in said.getvalue()


def test_a_list_in_a_pipe_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [f"a description of some length, the {n}th" for n in range(12)]
    show_list("long", ("name", "text", "more"), [("[a]", "; ".join(cells), "end")] * 3)
    told = capsys.readouterr()
    assert told.err == ""
    _, _, _, *rows = told.out.splitlines()
    assert len(rows) == 3
    assert all("[a]" in row and cells[-1] in row and "end" in row for row in rows)
