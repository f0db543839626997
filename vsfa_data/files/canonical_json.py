"""JSON in one form only, so that equal values have equal bytes and one sha256."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def digest(value: object) -> str:
    """Sha256 (hex) of a JSON value, independent of the order of its keys."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: object) -> bytes:
    """The bytes of a JSON value: keys in order, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object, or None if there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
