"""Sha256 of large files, remembered: hashing a checkpoint of gigabytes takes many seconds."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path


def folder() -> Path:
    """`vsfa-data/checksums` in the user's cache folder (XDG_CACHE_HOME, else ~/.cache)."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "vsfa-data" / "checksums"


def sha256(path: Path) -> str:
    """Sha256 (hex) of the file, remembered by its path, size and time of change.

    Raises OSError if it cannot be read.
    """
    real = path.resolve(strict=True)
    status = real.stat()
    seen = {"path": str(real), "size": status.st_size, "changed_ns": status.st_mtime_ns}
    note = folder() / f"{hashlib.sha256(os.fsencode(real)).hexdigest()}.json"
    known = _read(note)
    if all(known.get(key) == value for key, value in seen.items()) and _is_hex(known.get("sha256")):
        return str(known["sha256"])
    with real.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    with contextlib.suppress(OSError):
        _write(note, {**seen, "sha256": found})
    return found


def _is_hex(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def _read(note: Path) -> dict[str, object]:
    try:
        found = json.loads(note.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(note: Path, what: dict[str, object]) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    temporary = note.with_name(f"{note.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(what), encoding="utf-8")
        temporary.replace(note)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
