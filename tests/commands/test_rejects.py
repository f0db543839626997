from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.workspace.made import unique
from vsfa_data import tables
from vsfa_data.cli import app
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder

LAST = "collect is the last stage that has run"
HOSTILE = "[red]\x1b]0;x\x07 \x9b31m\u202e"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    row = tables.reject("collect", "http_status", source_ref="https://a.example/1", detail=HOSTILE)
    folder = StageFolder(tmp_path / "out" / "work" / "collect")
    folder.path.mkdir(parents=True)
    folder.write(0, Output(unique(), tables.REJECTS.build([row]), 1))
    folder.finish(1)
    return tmp_path / "out"


def test_people_get_two_tables_that_cannot_steer_their_terminal(out: Path) -> None:
    done = CliRunner().invoke(app, ["rejects", str(out)])
    assert (done.exit_code, done.stderr) == (0, f"note: {LAST}\n")
    lines = done.stdout.splitlines()
    assert all(line.isprintable() for line in lines)
    cells = [[cell.strip() for cell in line.split("│")] for line in lines if "│" in line]
    assert cells == [
        ["http_status", "1", "collect", tables.REASONS["http_status"]],
        ["http_status", "https://a.example/1", "[red] ]0;x 31m"],
    ]


def test_licences_as_long_as_a_book_make_no_table_as_wide(out: Path) -> None:
    row = tables.reject("collect", "license_conflict", source_ref="a.png", detail="x" * 20_000)
    StageFolder(out / "work" / "collect").write(1, Output(unique(), tables.REJECTS.build([row]), 1))
    given = ["rejects", str(out), "--reason", "license_conflict"]
    done = CliRunner().invoke(app, given)
    assert max(map(len, done.stdout.splitlines())) < 400
    assert "x…" in done.stdout
    (whole,) = json.loads(CliRunner().invoke(app, [*given, "--json"]).stdout)["rows"]
    assert len(whole["detail"]) == 20_000


def test_json_is_one_object(out: Path) -> None:
    done = CliRunner().invoke(app, ["rejects", str(out), "--reason", "http_status", "--json"])
    group = {"step": "collect", "stage": "collect", "reason": "http_status"}
    row = {**group, "image_id": None, "source_ref": "https://a.example/1", "detail": HOSTILE}
    assert json.loads(done.stdout) == {
        "rejected": [{**group, "count": 1}],
        "rows": [row],
        "notes": [LAST],
    }
    assert done.stdout.replace("\n", "").isprintable()


def test_nothing_found_is_said(out: Path) -> None:
    done = CliRunner().invoke(app, ["rejects", str(out), "--stage", "filter"])
    said = f"note: {LAST}\nnothing of that stage or reason was rejected so far\n"
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", said)
