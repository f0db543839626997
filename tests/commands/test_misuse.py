from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from vsfa_data.cli import app
from vsfa_data.commands import misuse

USAGE_ERROR = typer.BadParameter.__mro__[1]


def told(*words: str) -> str:
    error = CliRunner().invoke(app, list(words), standalone_mode=False).exception
    assert isinstance(error, USAGE_ERROR)
    return misuse.line(error, words)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("build", "--limit", "0"),
            "invalid value for '--limit': given '0', it must be 1 or more.",
        ),
        (
            ("build", "--seed=a\nb"),
            "invalid value for '--seed': given 'a\\nb', it must be a whole number.",
        ),
        (
            ("calibrate", "x", "--labels", "x", "--out", "x", "--prior", "2"),
            "invalid value for '--prior': given '2', it must be 0.9999 or less.",
        ),
        (
            ("push", "x", "y/z", "--gated", "maybe"),
            "invalid value for '--gated': 'maybe' is not one of 'auto', 'manual', 'no'.",
        ),
        (("collect", "--out", "x", "--forget"), "option '--forget' requires an argument."),
        (("buidl",), "no such command 'buidl'. Did you mean 'build'?"),
    ],
)
def test_what_is_wrong_what_is_allowed_and_what_next(words: tuple[str, ...], line: str) -> None:
    command = "" if "no such" in line else f" {words[0]}"
    assert told(*words) == f"error: {line} Run: vsfa-data{command} --help"


def test_every_command_says_what_it_does_in_a_whole_sentence() -> None:
    listed = CliRunner().invoke(app, ["--help"], terminal_width=80).stdout.partition("Commands:")[2]
    assert "build " in listed
    assert "..." not in listed
