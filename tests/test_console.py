from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from vsfa_data import console
from vsfa_data.pipeline import Built
from vsfa_data.workspace import Counts, Preparation


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    text = io.StringIO()
    monkeypatch.setattr(console, "stderr", Console(file=text, width=100, highlight=False))
    return text


def line(counted: int, kept: int, **rejected: int) -> dict[str, Any]:
    return {"unit": "images", "in": counted, "kept": kept, "rejected": rejected}


def test_the_funnel_has_a_row_for_each_count(said: io.StringIO) -> None:
    built = Built(
        funnel={
            "collect": line(10, 9, truncated=1),
            "filter": line(9, 4, between_thresholds=5),
            "caption": line(4, 4),
            "ask": line(24, 23, not_neutral=1),
        },
        scored=9,
    )
    console.show_built(built)
    rows = [[cell.strip() for cell in row.split("│")] for row in said.getvalue().splitlines()[3:]]
    assert [row[:3] for row in rows] == [
        ["images collected", "10", "1 truncated"],
        ["images readable and unique", "9", ""],
        ["images scored", "9", "5 between_thresholds"],
        ["images selected", "4", ""],
        ["images captioned", "4", ""],
        ["pairs asked", "24", "1 not_neutral"],
        ["pairs kept", "23", ""],
    ]


def test_files_that_were_not_collected_are_named(said: io.StringIO) -> None:
    built = Built(
        funnel={"collect": line(10, 7, truncated=3)},
        not_collected=[("a[red].png", "truncated"), ("b\x1b.png", "truncated")],
        unanswered="no reply: 1 address",
        work=Path("out/x/work"),
        stages={"collect": {}, "dedupe": {}},
    )
    console.show_built(built)
    assert said.getvalue().splitlines()[-3:] == [
        (
            "not collected: a[red].png (truncated), b .png (truncated), and 1 more; "
            "see out/x/work/{collect,dedupe}/rejects-*.parquet"
        ),
        "no reply: 1 address",
        "tables (see docs/tables.md): out/x/work/{collect,dedupe}/part-*.parquet",
    ]


def test_without_a_terminal_each_stage_is_a_line_with_what_changed(said: io.StringIO) -> None:
    with console.Bars() as bars:
        why = ("filter.min_threat: 0.5 -> 0.6", "seed: 0 -> 1", "a: 1 -> 2", "b: 1 -> 2")
        bars.started("select", Preparation("key", "recomputed", why), 9)
        bars.advanced(9)
        bars.ended("select", Counts(9, 4, {"between_thresholds": 5}))
        bars.started("caption", Preparation("key", "reused", ()), 4)
        bars.ended("caption", Counts(4, 4, {}))
        hashes = ('input.score: "ab" -> "cd"', 'listed: "ab" -> "cd"', 'with.pillow: "1" -> "2"')
        bars.started("collect", Preparation("key", "recomputed", hashes), 4)
    assert said.getvalue().splitlines() == [
        f"select: recomputing because {', '.join(why[:3])}, and 1 more",
        "select: kept 4 of 9",
        "caption: up to date",
        "caption: kept 4 of 4",
        "collect: recomputing because score changed, the listed files changed, pillow changed",
    ]


def test_what_is_shown_is_text_and_never_markup(said: io.StringIO) -> None:
    rows = [("x", "[red]boo[/red]\x1b[2J\nnext")]
    console.show_table("out/[/a]", ("name", "description"), rows)
    assert "out/[/a]" in said.getvalue()
    assert "[red]boo[/red] [2J next" in said.getvalue()


def test_without_a_terminal_what_is_waited_for_is_a_line(said: io.StringIO) -> None:
    with console.Bars() as bars:
        bars.started("caption", Preparation("key", "computed", ()), 9)
        bars.noted("waiting for a [server]\x1b")
        bars.noted("waiting longer")
        bars.noted("")
    assert said.getvalue().splitlines() == [
        "caption: waiting for a [server]",
        "caption: waiting longer",
        "caption: going on",
    ]


def test_on_a_terminal_what_is_waited_for_stands_in_the_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = io.StringIO()
    terminal = Console(file=text, width=120, highlight=False, force_terminal=True)
    monkeypatch.setattr(console, "stderr", terminal)
    with console.Bars() as bars:
        bars.started("caption", Preparation("key", "computed", ()), 9)
        bars.noted("waiting for 10 s")
        bars.noted("waiting for 70 s")
        bars._progress.refresh()
        shown = text.getvalue()
        bars.noted("")
        bars._progress.refresh()
    assert shown.count("caption: waiting for") == 1  # above the bar, once
    assert "waiting for 70 s" in shown
    assert "waiting" not in text.getvalue()[len(shown) :].splitlines()[-1]


def test_a_list_in_a_pipe_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [f"a description of some length, the {n}th" for n in range(12)]
    console.show_list("long", ("name", "text", "more"), [("[a]", "; ".join(cells), "end")] * 3)
    told = capsys.readouterr()
    assert told.err == ""
    _, _, _, *rows = told.out.splitlines()
    assert len(rows) == 3
    assert all("[a]" in row and cells[-1] in row and "end" in row for row in rows)
