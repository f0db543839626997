"""The folder `work` of a run or an experiment: never that of a build, which may have the same name.

A build keeps there what cannot be had again, such as the replies that a captioner was paid for.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

from vsfa_data.errors import UserError, printable


def require_own(work: Path, own: Collection[str]) -> None:
    """Raise UserError if `work` holds anything but what is `own` and what a lock needs."""
    others = sorted(path.name for path in work.glob("[!.]*") if path.name not in own)
    if others:
        raise UserError(
            f"{work.parent} is in use for something else: a build or another run keeps "
            f"work/{printable(others[0])} there, and it stays. Choose another folder with --out"
        )


def clear(work: Path, own: Collection[str]) -> None:
    """Delete what is `own`, the lock too, and the folders that are empty then.

    For whoever holds the lock: who waits for it finds that its file is gone, and makes it anew.
    """
    for path in list(work.glob("*")):
        if path.is_dir() and path.name in own:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name in own or path.name.startswith("."):
            path.unlink(missing_ok=True)
    for folder in (work, work.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()
