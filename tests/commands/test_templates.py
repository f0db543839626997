"""`vsfa-data templates`: families with an example each; a file of one's own checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.ask.test_template import GOOD
from vsfa_data import cli
from vsfa_data.ask import template
from vsfa_data.errors import UserError


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["templates", *arguments])


def test_a_line_a_family_with_group_wordings_and_example() -> None:
    lines = _run().stdout.splitlines()
    families = template.load_all("all")
    assert len(lines) == len(families) + 1
    for one in families:
        line = next(line for line in lines if line.split()[1] == one.id)
        assert line.split()[0] == one.group
        assert line.endswith(f"{len(one.wordings)} wordings  {one.examples[0].question}")
    assert lines[-1].startswith(f"{len(families)} families, ")


def test_one_group_and_all_of_one_family() -> None:
    lines = _run("--group", "lighting").stdout.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["brightest_part", "contrast", "light"]
    shown = _run("presence").stdout
    (presence,) = template.load_all(("presence",))
    for text in (*presence.wordings, *presence.answers["absent"], presence.description):
        assert f"{text}\n" in shown
    assert "group yes_no; answered by labels; needs labels, absent" in shown


def test_everything_for_machines() -> None:
    said = json.loads(_run("--json").stdout)
    assert list(said) == list(template.names())
    assert said["presence"]["group"] == "yes_no"
    assert len(said["presence"]["wordings"]) == 6
    assert list(json.loads(_run("--group", "text", "--json").stdout)) == ["writing"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["presense"], "there is no family 'presense'. Did you mean 'presence'? Run: vsfa-data"),
        (["--group", "coluor"], "--group: given 'coluor'; choose from: activity, setting, comp"),
        (["presence", "--group", "text"], "--group text lists families, and 'presence' is one"),
        (["--check", "nosuch.yaml"], "nosuch.yaml: there is no such file"),
        (["--check", "."], ".: a folder; give a template file, which ends in .yaml"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], told: str) -> None:
    assert str(_run(*arguments).exception).startswith(told)


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
