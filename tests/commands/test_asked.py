"""The end of `vsfa-data ask`: a table of families, whole conversations, the same as JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from vsfa_data.ask import report
from vsfa_data.cli import app
from vsfa_data.console import streams


@pytest.fixture
def out(quickstart: Path, tmp_path: Path) -> Path:
    return shutil.copytree(quickstart, tmp_path / "out")


def test_families_and_conversations(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = CliRunner().invoke(app, ["ask", "--out", str(out), "--json", "--show", "2"])
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    families = said["families"]
    assert sum(one["kept"] for one in families.values()) == said["funnel"]["ask"]["kept"]
    assert set(families["description"]) == {
        *("asked", "kept", "rejected", "mean_words", "entropy_bits", "nearly_always"),
    }
    assert [len(talk["pairs"]) for talk in said["conversations"]] == [6, 6]


def test_for_people(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "stderr", Console(stderr=True, highlight=False, width=80))
    monkeypatch.setattr(report, "ENOUGH", 2)
    ran = CliRunner().invoke(app, ["ask", "--out", str(out), "--show", "1"])
    assert ran.exit_code == 0, ran.output
    table = ran.stderr[ran.stderr.index("question families") :].partition("\n\n")[0]
    # Nothing is cut at the width of a plain terminal, and what is flagged is told below.
    assert "\u2026" not in table
    assert all(f" {head} " in f"{table} " for head in ("asked", "kept", "rejected", "words"))
    assert ": the answer is nearly always '" in ran.stderr
    # Heads of columns wrap where the terminal ends, whose width is chance.
    for part in ("question families", "entropy", "over_budget", "description"):
        assert part in ran.stderr
    # What was asked for can be paged: one conversation and nothing else is on stdout.
    name, *lines = ran.stdout.strip().splitlines()
    assert name.endswith(("(threat)", "(control)"))
    assert [line.startswith("    ") for line in lines] == [False, True] * 6
    assert lines[0] not in ran.stderr


def test_without_conversations_the_table_is_the_result(out: Path) -> None:
    ran = CliRunner().invoke(app, ["ask", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert "question families" in ran.stdout
    assert "question families" not in ran.stderr
    assert "pairs kept" in ran.stdout
    quiet = CliRunner().invoke(app, ["ask", "--out", str(out), "--quiet"])
    assert quiet.stdout == ""
