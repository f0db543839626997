from __future__ import annotations

import json

from typer.testing import CliRunner

from vsfa_data.cli import app


def test_recipes_are_listed_with_their_descriptions() -> None:
    told = json.loads(CliRunner().invoke(app, ["recipes", "--json"]).stdout)
    assert told["quickstart"].startswith("71 public-domain pictures")
    assert "quickstart" in CliRunner().invoke(app, ["recipes"]).stdout
