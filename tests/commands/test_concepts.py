from __future__ import annotations

import json

from typer.testing import CliRunner

from vsfa_data.cli import app


def test_concepts_are_listed_and_their_look_alikes_counted() -> None:
    assert "firearms" in json.loads(CliRunner().invoke(app, ["concepts", "--json"]).stdout)
    shown = CliRunner().invoke(app, ["concepts"])
    assert "firearms" in shown.stdout
    assert " look-alikes. Prompts: " in shown.stderr
