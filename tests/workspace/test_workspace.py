from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vsfa_data.errors import SetupError, UserError, WorkspaceError
from vsfa_data.workspace import Workspace


def test_a_place_that_cannot_be_a_folder_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / "work" / ".lock").mkdir(parents=True)
    for out in (tmp_path / "file" / "out", tmp_path / "taken"):
        with (
            pytest.raises(SetupError, match="Choose a folder that you may write to with --out"),
            Workspace(out),
        ):
            pass


HOLDER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from vsfa_data.workspace import Workspace
    with Workspace(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
    """
)


def test_a_second_build_is_refused_with_the_holders_name(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(WorkspaceError, match=f"is in use by process {holder.pid} on "),
            Workspace(tmp_path),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        # The lock dies with its holder: nobody has to delete anything by hand.
        with Workspace(tmp_path) as workspace:
            noted = json.loads((workspace.work / ".holder.json").read_text())
            assert noted["pid"] == os.getpid()
    assert not (tmp_path / "work" / ".holder.json").exists()


def test_what_fails_leaves_no_bare_folder_and_all_that_is_finished(tmp_path: Path) -> None:
    def work_in(out: Path, *made: str) -> None:
        with Workspace(out) as workspace:
            workspace.stage("collect").prepare({"a": 1})
            for name in made:
                (workspace.work / name).mkdir()
            raise ZeroDivisionError

    def fail_at(out: Path, *made: str) -> None:
        with pytest.raises(ZeroDivisionError):
            work_in(out, *made)

    (tmp_path / "mine").mkdir()
    fail_at(tmp_path / "mine")
    fail_at(tmp_path / "a" / "b")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]
    fail_at(tmp_path / "mine", "listed-commons-1")  # answers of a service
    fail_at(tmp_path / "mine")
    kept = {path.name for path in (tmp_path / "mine" / "work").iterdir()}
    assert kept == {".lock", "collect", "listed-commons-1"}


def test_files_of_the_users_are_never_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "work" / "collect"
    folder.mkdir(parents=True)
    (folder / "photo.png").write_bytes(b"mine")
    mine = tmp_path / "work" / "notes" / "deep" / ".tmp-mine"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with (
        Workspace(tmp_path) as workspace,
        pytest.raises(WorkspaceError, match=r"photo\.png is not of this program's making"),
    ):
        workspace.stage("collect").prepare({"a": 1})
    assert (folder / "photo.png").read_bytes() == b"mine"
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("out", ["~nobody-of-that-name/x", "a\x1b[31m", "x" * 5000])
def test_an_impossible_out_is_the_users_mistake(out: str) -> None:
    with pytest.raises(UserError):
        Workspace(Path(out)).__enter__()


def test_leftovers_of_a_killed_writer_are_swept(tmp_path: Path) -> None:
    left = tmp_path / "work" / "score" / ".tmp-1-part-00000.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with Workspace(tmp_path):
        assert not left.exists()
