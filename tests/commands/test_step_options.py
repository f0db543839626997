from __future__ import annotations

import pytest
from typer.testing import CliRunner

from vsfa_data.cli import app
from vsfa_data.commands.steps import HELP

OWN = {"--forget": "collect", "--reason": "collect", "--show": "ask"}


@pytest.mark.parametrize("step", HELP)
def test_a_step_has_the_options_of_all_steps_and_its_own(step: str) -> None:
    shown = CliRunner().invoke(app, [step, "--help"]).stdout
    assert all(option in shown for option in ("--out", "--set", "--seed", "--workers", "--json"))
    assert {option for option in OWN if option in shown} == {
        option for option, owner in OWN.items() if owner == step
    }
