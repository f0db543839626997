"""A folder that appears whole or not at all, in the place of an older one."""

from __future__ import annotations

import contextlib
import shutil
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from vsfa_data.errors import UserError, printable
from vsfa_data.files.atomic import sync, writing

_SYNCING: Final = 8


@contextlib.contextmanager
def replacing(
    target: Path, mark: str, ours: Callable[[str], bool] = lambda _: True
) -> Iterator[Path]:
    """An empty folder beside `target` that takes its place when the block ends well.

    Its files get the mode of any new file, and everything is synced to disk, before the names
    change. What stood at `target` is deleted only then, and only if it is empty or holds the file
    `mark`, and no file but those that are `ours` by their relative paths. What a killed run left is
    cleaned up; if it was killed between the two renames, the old folder is put back first.
    Raises SetupError if the place cannot be written, UserError if something else stands there.
    """
    fresh = target.with_name(f".release-partial-{target.name}")
    old = target.with_name(f".release-replaced-{target.name}")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if old.exists() and not target.exists():
            old.rename(target)
        for left in (fresh, old):
            if left.exists():
                shutil.rmtree(left)
        refuse_foreign(target, mark)
        _refuse_others(target, ours)
        fresh.mkdir()
        try:
            yield fresh
            _share(fresh)
            _sync(fresh)
            if target.exists():
                target.rename(old)
            fresh.rename(target)
            sync(target.parent)
        except BaseException:
            if old.exists() and not target.exists():
                old.rename(target)
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        shutil.rmtree(old, ignore_errors=True)


def refuse_foreign(target: Path, mark: str) -> None:
    """Raise UserError if something stands at `target` that is neither empty nor marked as ours."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UserError(
            f"{target} is not a folder of its own, but a file or a link. Move it away, or choose "
            f"another folder with --out"
        )
    if target.exists() and any(target.iterdir()) and not (target / mark).is_file():
        raise UserError(
            f"{target} holds files but no {mark}, so it is not to be replaced. "
            f"Move it away, or choose another folder"
        )


def _refuse_others(target: Path, ours: Callable[[str], bool]) -> None:
    found = (path for path in target.rglob("*") if path.is_symlink() or not path.is_dir())
    names = sorted(path.relative_to(target).as_posix() for path in found)
    others = [name for name in names if not ours(name)]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise UserError(
            f"{target} is to be replaced and holds files that are no part of what was written "
            f"there: {printable(others[0])}{more}. Move them away, then run the same command again"
        )


def _share(folder: Path) -> None:
    """Give each file the mode of any new one: safetensors makes its own for the owner alone."""
    probe = folder / ".mode"
    probe.touch()
    mode = stat.S_IMODE(probe.stat().st_mode)
    probe.unlink()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(mode)


def _sync(folder: Path) -> None:
    # Side by side, they wait for the disk once instead of one after the other.
    with ThreadPoolExecutor(_SYNCING, "syncing") as threads:
        list(threads.map(sync, [*sorted(folder.rglob("*")), folder]))
