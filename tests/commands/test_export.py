from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from vsfa_data.cli import app


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
