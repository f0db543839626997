"""Folders for downloads that are gone afterwards, also when the process has to leave at once."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_held: set[Path] = set()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder under TMPDIR, deleted when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="vsfa-data-"))
    _held.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _held.discard(folder)


def discard_all() -> None:
    """Delete the folders of blocks that will not get to their end."""
    for folder in list(_held):
        shutil.rmtree(folder, ignore_errors=True)
