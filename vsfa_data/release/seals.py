"""A digest of every field of a manifest, so that verification can name one that was edited.

They are no signature: who edits a manifest can renew them. What stands against that is the commit
of the Hub that a tag names, and the fingerprint that others have noted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

FIELD: Final = "seals"


def seals(plain: Mapping[str, Any]) -> dict[str, str]:
    """Field -> sha256 of its value, of a manifest as plain JSON."""
    return {
        name: hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()
        for name, value in plain.items()
        if name != FIELD
    }


def broken(plain: Mapping[str, Any]) -> Iterator[str]:
    """What differs from the seals, in words: one line at most."""
    known, now = plain.get(FIELD), seals(plain)
    if not isinstance(known, dict) or not known:
        yield "has no seals: an older vsfa-data made it, or somebody took them out"
        return
    names = sorted(name for name in known.keys() | now.keys() if known.get(name) != now.get(name))
    if names:
        yield f"{', '.join(names)}: edited after the build"
