from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.local_hub import WRITE
from tests.release.hub.releases import Pusher
from vsfa_data.cli import app
from vsfa_data.hub_sim.server import Running


def test_it_says_what_was_written(pristine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["export", str(pristine), "--format", "sharegpt", "--out", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["path"], told["config"]) == (str(out), "threat")
    assert sum(told["splits"].values()) == 12
    assert (out / "dataset_info.json").is_file()
    for name in ("x" * 300, "~nosuchuser/out"):
        failed = CliRunner().invoke(app, ["export", str(pristine), "--out", name])
        assert "is no path that can be used" in str(failed.exception)


def test_a_version_on_the_hub(
    hub: Running,
    new_id: str,
    first: Path,
    second: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", WRITE)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["export", *arguments, "--endpoint", hub.url])
        return str(done.exception or done.exit_code)

    for folder in (first, second):
        Pusher(hub, new_id).push(folder)
    out = str(tmp_path / "out")
    assert run(new_id, "--revision", "v1.0.0", "--config", "control", "--out", out) == "0"
    assert json.loads(Path(out, "export.json").read_bytes())["version"] == "1.0.0"
    assert Path(out, "LICENSES.csv").read_bytes() == (first / "LICENSES.csv").read_bytes()
    # What is not there is told with what is: the tags, the configs of that version.
    said = run(f"{new_id}@v1.2.0", "--out", out)
    assert "no such revision 'v1.2.0'. Its tags: v1.1.0, v1.0.0. Leave it out" in said
    said = run(f"{new_id}@v1.1.0", "--config", "control", "--out", out)
    assert f"{new_id}@v1.1.0 has no config 'control'. Choose one of: threat" in said
    assert "folders have no --revision" in run(str(first), "--revision", "v1.0.0", "--out", out)
    # Told before anything is asked of the Hub.
    hub.faults.forget()
    assert "holds files but no export.json" in run(new_id, "--out", str(first))
    assert hub.faults.calls == []
