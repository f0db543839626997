from __future__ import annotations

from typer.testing import CliRunner

from vsfa_data.cli import app


def test_every_command_gives_json() -> None:
    names = [one.name or one.callback.__name__ for one in app.registered_commands]  # type: ignore[union-attr]
    without = [
        name for name in names if "--json" not in CliRunner().invoke(app, [name, "--help"]).stdout
    ]
    assert without == []
