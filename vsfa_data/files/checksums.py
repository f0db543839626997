"""sha256 of large files, computed once: remembered by path, size and time of change."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from vsfa_data.errors import SetupError
from vsfa_data.files.atomic import write_atomically

SMALL: Final = 1_000_000
"""Files up to this size, in bytes, are read anew each time."""
_THREADS: Final = 4
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def cache_folder() -> Path:
    """Where this program keeps what it can compute again: $XDG_CACHE_HOME or ~/.cache.

    For a user without a home, as in a container, a place where nothing can be read or written.
    """
    given = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(given).expanduser() / "vsfa-data"
    except RuntimeError:
        return Path(os.devnull) / "vsfa-data"


def of_files(paths: Iterable[Path]) -> dict[Path, str]:
    """sha256 (hex) of each file. Raises OSError for one that cannot be read."""
    listed = list(paths)
    remembered = _remembered()
    marks = {path: _mark(path) for path in listed}
    unknown = [path for path in listed if marks[path] not in remembered]
    with ThreadPoolExecutor(_THREADS) as threads:
        found = dict(zip(unknown, threads.map(_sha256, unknown), strict=True))
    new = {marks[path]: value for path, value in found.items() if path.stat().st_size > SMALL}
    if new:
        _remember(remembered | new)
    return {path: found[path] if path in found else remembered[marks[path]] for path in listed}


def of_file(path: Path) -> str:
    """The same of one file."""
    return of_files([path])[path]


def _mark(path: Path) -> str:
    """What a file is known by: another content under the same mark would be an accident."""
    real = path.resolve()
    status = real.stat()
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}:{real}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered() -> dict[str, str]:
    try:
        value = json.loads((cache_folder() / "sha256.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    noted = value.items() if isinstance(value, dict) else ()
    return {mark: found for mark, found in noted if _SHA256.fullmatch(str(found))}


def _remember(known: dict[str, str]) -> None:
    """Best effort: without a cache the files are read again next time."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        write_atomically(cache_folder() / "sha256.json", json.dumps(known).encode())
    except (OSError, SetupError):
        return
