from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from vsfa_data.console import streams
from vsfa_data.console.built import show_built
from vsfa_data.pipeline import Built
from vsfa_data.release.step import Released


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
    show_built(built, streams.stderr)
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
    show_built(built, streams.stderr)
    assert said.getvalue().splitlines()[-3:] == [
        (
            "not collected: a[red].png (truncated), b .png (truncated), and 1 more; "
            "vsfa-data rejects out/x shows why"
        ),
        "no reply: 1 address",
        "tables (see docs/tables.md): out/x/work/{collect,dedupe}/part-*.parquet",
    ]


def test_licences_of_which_nothing_is_known_are_counted(said: io.StringIO) -> None:
    licenses = {"CC0-1.0": 5, "All rights reserved": 2, "[ours]": 1, "unknown": 4}
    counts = {"threat": {"train": 12}}
    released = Released(Path("out/x"), "f", counts, {}, reused=False, licenses=licenses)
    show_built(Built(released=released), streams.stderr)
    assert (
        "note: 3 pictures have a licence of class 'other' ('All rights reserved', '[ours]'), which "
        "may not allow publishing them; filter.licenses, a list of classes without it, leaves them "
        "out"
    ) in said.getvalue().splitlines()
    said.truncate(0)
    show_built(
        Built(released=replace(released, licenses={"CC0-1.0": 5, "unknown": 4})), streams.stderr
    )
    assert "class 'other'" not in said.getvalue()


def test_a_split_that_stayed_empty_is_told(said: io.StringIO) -> None:
    counts, empty = {"threat": {"train": 6, "test": 4}}, {"threat": ["validation"]}
    released = Released(Path("out/x"), "f", counts, {}, reused=False, empty=empty)
    show_built(Built(released=released), streams.stderr)
    assert "note: threat has no validation rows: " in said.getvalue()
    said.truncate(0)
    show_built(Built(released=replace(released, empty={})), streams.stderr)
    assert "no validation rows" not in said.getvalue()


def test_a_fingerprint_is_one_line_however_narrow_the_terminal(said: io.StringIO) -> None:
    streams.stderr.width = 60
    released = Released(
        Path("out/x"), "a" * 64, {"threat": {"train": 1}}, {}, False, "b" * 64, "old 1.0.0"
    )
    show_built(Built(funnel={}, released=released), streams.stderr)
    lines = said.getvalue().splitlines()
    assert "threat: 1 image (train 1)" in lines
    assert f"fingerprint: {'a' * 64}" in lines
    [note] = [line for line in lines if line.startswith("note: ")]
    assert f"another release, old 1.0.0, with the fingerprint {'b' * 64}" in note


def test_letters_that_a_log_does_not_have_fail_no_build() -> None:
    log = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    built = Built(
        funnel={"collect": line(1, 0, truncated=1)},
        not_collected=[("\u72fc.png", "truncated")],
        work=Path("out/x/work"),
    )
    show_built(built, Console(file=log, highlight=False))
    log.seek(0)
    assert "not collected: \\u72fc.png (truncated); vsfa-data rejects out/x shows" in log.read()
