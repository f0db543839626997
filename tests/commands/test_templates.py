"""`vsfa-data templates`: families with an example each; a file of one's own checked."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from tests.ask.test_template import GOOD
from vsfa_data import cli
from vsfa_data.ask import template
from vsfa_data.errors import UserError


def test_every_family_with_an_example() -> None:
    ran = CliRunner().invoke(cli.app, ["templates"], env={"COLUMNS": "250"})
    assert ran.exit_code == 0
    for one in template.load_all("all"):
        assert one.id in ran.stderr
    listed = CliRunner().invoke(cli.app, ["templates", "--json"])
    assert list(json.loads(listed.stdout)) == list(template.names())


def test_a_sound_file_and_one_that_is_not(tmp_path: Path) -> None:
    path = tmp_path / "mood.yaml"
    path.write_text(yaml.safe_dump(GOOD))
    ran = CliRunner().invoke(cli.app, ["templates", "--check", str(path)])
    assert ran.exit_code == 0
    assert f"{path}: sound. 4 wordings of the question, 1 of its answers; 1 examples" in ran.stderr
    checked = CliRunner().invoke(cli.app, ["templates", "--check", str(path), "--json"])
    assert json.loads(checked.stdout) == {"sound": True, "id": "mood", "version": "1.0.0"}
    path = tmp_path / "other" / "mood.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(GOOD | {"answers": ["It is harmless: {{ colours[0] }}."]}))
    refused = CliRunner().invoke(cli.app, ["templates", "--check", str(path)])
    assert isinstance(refused.exception, UserError)
    assert str(path) in str(refused.exception)
