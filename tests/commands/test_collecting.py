from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vsfa_data import parts, recipe
from vsfa_data.cli import app
from vsfa_data.commands.collecting import EXAMPLES

DOCS = Path(__file__).parents[2] / "docs"
SETTINGS = [found[1] for one in EXAMPLES if (found := re.search(r"--set '(.*)'", one))]


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_example_is_a_recipes(settings: str) -> None:
    assert recipe.load("quickstart", [settings]).collect.sources


def test_help_and_docs_have_an_example_of_each_source() -> None:
    shown = CliRunner().invoke(app, ["collect", "--help"], terminal_width=200).stdout
    pages = "".join((DOCS / name).read_text("utf-8") for name in ("collect.md", "collect-web.md"))
    for name in parts.names("sources"):
        assert re.search(rf"source: {name}\b", shown), name
        assert re.search(rf"```yaml[^`]*source: {name}\b", pages), name
