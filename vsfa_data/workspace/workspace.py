"""The folder of one build, which one process holds at a time."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from vsfa_data.errors import WorkspaceError
from vsfa_data.files.atomic import write_atomically, writing
from vsfa_data.files.canonical_json import canonical, read_object
from vsfa_data.resources import user_path
from vsfa_data.workspace.stage_folder import OURS, StageFolder


class Workspace:
    """The folder of one build, held by one process at a time. Use as a context manager.

    Raises WorkspaceError if another process holds it, SetupError if it cannot be written.
    What fails before anything is finished takes the folders with it that it made.
    """

    def __init__(self, out: Path) -> None:
        self.out = user_path(out).resolve()
        if not str(self.out).isprintable():
            raise WorkspaceError(f"--out {str(self.out)!r}: choose a name of printable characters")
        self.work = self.out / "work"
        self.release = self.out / "release"
        self._lock = FileLock(self.work / ".lock", timeout=0)
        self._holder = self.work / ".holder.json"
        self._made: list[Path] = []

    def __enter__(self) -> Workspace:
        folders = (self.work, *self.work.parents)
        self._made = list(itertools.takewhile(lambda folder: not folder.exists(), folders))
        with writing(self.work):
            self.work.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout:
                raise WorkspaceError(
                    f"{self.out} is in use by {self._named_holder()}. "
                    f"Wait until it ends, or choose another folder with --out"
                ) from None
        for left in (*self.work.glob(".tmp-*"), *self.work.glob("*/.tmp-*")):
            if OURS.match(left.name) and left.is_file():
                left.unlink()
        write_atomically(
            self._holder,
            canonical(
                {"pid": os.getpid(), "host": socket.gethostname(), "command": _command_line()}
            ),
        )
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        self._holder.unlink(missing_ok=True)
        if kind is not None and self._made:
            with contextlib.suppress(OSError):
                self._remove_bare()
        self._lock.release()

    def _remove_bare(self) -> None:
        """Delete the folders that were made, if nothing but keys of stages came to be in them.

        The lock is still held: whoever waits for it finds that its file is gone, and makes anew.
        """
        lock = Path(self._lock.lock_file)
        keys = list(self.work.glob("*/key.json"))
        stages = [path.parent for path in keys]
        found = {*self.work.iterdir(), *(path for stage in stages for path in stage.iterdir())}
        if found == {lock, *keys, *stages}:
            for file in (*keys, lock):
                file.unlink()
            for folder in (*stages, *self._made):
                folder.rmdir()

    def stage(self, name: str) -> StageFolder:
        """Folder of the stage `name`."""
        return StageFolder(self.work / name)

    def _named_holder(self) -> str:
        holder = read_object(self._holder)
        if holder is None:
            return "another build"
        pid, host = holder.get("pid"), holder.get("host")
        return f"process {pid} on {host} ({holder.get('command')})"


def _command_line() -> str:
    line = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
    return line.encode("utf-8", "backslashreplace").decode("utf-8")
