from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vsfa_data.cli import app
from vsfa_data.embedded_vlm import installed


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_what_can_be_installed_is_listed() -> None:
    done = CliRunner().invoke(app, ["models", "--json"])
    (found,) = json.loads(done.stdout)["models"]
    assert (found["name"], found["installed"], found["size_bytes"]) == ("embedded", False, 0)


def test_what_is_installed_is_not_installed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = installed.listed()[0].folder
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    done = CliRunner().invoke(app, ["models", "install", "--json"])
    (found,) = json.loads(done.stdout)["models"]
    assert (found["installed"], found["folder"]) == (True, str(folder))
    assert [path.name for path in folder.iterdir()] == ["config.json"]
