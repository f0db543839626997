import errno
import os
import stat
from pathlib import Path

import pytest

from vsfa_data.errors import SetupError, UserError
from vsfa_data.files.atomic import write_atomically
from vsfa_data.files.swap import replacing


def fill(target: Path, text: str) -> None:
    with replacing(target, mark="mark") as folder:
        (folder / "mark").write_text(text)
        (folder / "inner").mkdir()
        (folder / "inner" / text).touch()


def _interrupted(folder: Path) -> None:
    (folder / "mark").write_text("half")
    raise KeyboardInterrupt


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_new_folder_takes_the_old_one_s_place(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "release"
    fill(target, "one")
    fill(target, "two")
    assert files(tmp_path / "deep") == [
        "release",
        "release/inner",
        "release/inner/two",
        "release/mark",
    ]


def test_what_somebody_put_there_is_not_deleted(tmp_path: Path) -> None:
    target = tmp_path / "release"
    fill(target, "one")
    (target / "inner" / "notes.txt").write_text("mine")
    (target / "a").symlink_to("mark")
    ours = ["mark", "inner/one"]
    with (
        pytest.raises(
            UserError, match=r"no part of what was written there: a and 1 more\. Move them away"
        ),
        replacing(target, "mark", ours.__contains__),
    ):
        pytest.fail("it began")
    assert (target / "inner" / "notes.txt").read_text() == "mine"
    (target / "a").unlink()
    (target / "inner" / "notes.txt").unlink()
    with replacing(target, "mark", ours.__contains__) as folder:
        (folder / "mark").touch()
    assert files(target) == ["mark"]


def test_files_are_for_whom_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "release", "mark") as folder:
            (folder / "inner").mkdir()
            (folder / "inner" / "weights").touch(0o600)  # as safetensors does
            (folder / "mark").touch()
    finally:
        os.umask(before)
    for name in ("inner/weights", "mark"):
        assert stat.S_IMODE((tmp_path / "release" / name).stat().st_mode) == 0o640
    assert files(tmp_path / "release") == ["inner", "inner/weights", "mark"]


def test_a_failure_leaves_the_old_one_untouched(tmp_path: Path) -> None:
    target = tmp_path / "release"
    fill(target, "one")
    with pytest.raises(KeyboardInterrupt), replacing(target, mark="mark") as folder:
        _interrupted(folder)
    assert files(tmp_path) == ["release", "release/inner", "release/inner/one", "release/mark"]
    assert (target / "mark").read_text() == "one"


def test_a_failure_between_the_renames_puts_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "release"
    fill(target, "one")
    rename = Path.rename

    def interrupted(self: Path, to: Path) -> Path:
        if "partial" in self.name:
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fill(target, "two")
    assert files(tmp_path) == ["release", "release/inner", "release/inner/one", "release/mark"]


def test_leftovers_of_killed_runs_go(tmp_path: Path) -> None:
    target = tmp_path / "release"
    for left in (".release-partial-release", ".release-replaced-release"):
        (tmp_path / left / "threat").mkdir(parents=True)
        (tmp_path / left / "threat" / "x.part").touch()
    target.mkdir()
    fill(target, "one")
    assert files(tmp_path) == ["release", "release/inner", "release/inner/one", "release/mark"]


def test_a_run_killed_between_the_renames_loses_nothing(tmp_path: Path) -> None:
    target = tmp_path / "release"
    fill(target, "one")
    target.rename(tmp_path / ".release-replaced-release")
    with pytest.raises(ValueError, match="no"), replacing(target, mark="mark"):
        raise ValueError("no")
    assert files(tmp_path) == ["release", "release/inner", "release/inner/one", "release/mark"]


def test_a_folder_of_something_else_is_never_deleted(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "thesis.tex").touch()
    with pytest.raises(UserError, match="holds files but no mark, so it is not to be replaced"):
        fill(tmp_path / "release", "one")
    assert files(tmp_path) == ["release", "release/thesis.tex"]


def test_a_link_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "release").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is not a folder of its own"):
        fill(tmp_path / "release", "one")
    assert files(tmp_path) == ["elsewhere", "release"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"cannot write .*file/release .*--out"):
        fill(tmp_path / "file" / "release", "one")


def test_a_volume_mounted_at_the_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "release", "one")

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(Path, "rename", busy)
    with pytest.raises(SetupError, match=r"cannot write .*release \(Device or resource busy\)"):
        fill(tmp_path / "release", "two")
    assert (tmp_path / "release" / "mark").read_text() == "one"


def test_a_file_system_that_cannot_sync_folders_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    fill(tmp_path / "release", "one")
    write_atomically(tmp_path / "note", b"x")
    assert (tmp_path / "note").read_bytes() == b"x"
