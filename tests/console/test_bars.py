from __future__ import annotations

import io

import pytest
from rich.console import Console

from vsfa_data.console import streams
from vsfa_data.console.bars import Bars
from vsfa_data.workspace import Counts, Preparation


def test_without_a_terminal_each_stage_is_a_line_with_what_changed(said: io.StringIO) -> None:
    with Bars() as bars:
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


def test_without_a_terminal_what_is_waited_for_is_a_line(said: io.StringIO) -> None:
    with Bars() as bars:
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
    monkeypatch.setattr(streams, "stderr", terminal)
    with Bars() as bars:
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
