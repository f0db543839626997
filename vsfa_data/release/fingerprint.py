"""The fingerprint: a sha256 over what the rows say, whatever file they are stored in.

Row        canonical JSON of all columns but `image`. `image_id` stands for the picture: it is
           the sha256 of its bytes.
Split      sha256 over the sha256 of each of its rows, in order.
Release    sha256 of one line `config/split<TAB>rows<TAB>digest` per split, sorted by name.

No clock, path, library version or Parquet encoding enters, nor does how rows lie in files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

_ROW_BYTES: Final = 32
_JSON: Final = json.JSONEncoder(
    sort_keys=True,
    ensure_ascii=False,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,
)


class SplitDigest:
    """Takes rows of one split, in order, while they are written or read back: 32 bytes a row."""

    def __init__(self, parts: Iterable[SplitDigest] = ()) -> None:
        self._rows: bytearray = bytearray().join(part._rows for part in parts)  # noqa: SLF001  of our class

    @property
    def rows(self) -> int:
        """Rows so far."""
        return len(self._rows) // _ROW_BYTES

    def add(self, row: Mapping[str, Any]) -> int:
        """Add a row; answers with the length of its canonical JSON, in bytes.

        Raises ValueError for a number that JSON cannot hold (NaN, infinity).
        """
        line = canonical({name: value for name, value in row.items() if name != "image"})
        self._rows += hashlib.sha256(line).digest()
        return len(line)

    def hexdigest(self) -> str:
        """Digest of the rows so far."""
        return hashlib.sha256(self._rows).hexdigest()


def canonical(value: object) -> bytes:
    """The one JSON text of `value`: keys sorted, no spaces, UTF-8, floats as Python's repr."""
    return _JSON.encode(value).encode()


def fingerprint(splits: Mapping[tuple[str, str], tuple[int, str]]) -> str:
    """Fingerprint of a release: (config, split) -> (rows, digest), in any order."""
    lines = [
        f"{config}/{split}\t{rows}\t{digest}\n"
        for (config, split), (rows, digest) in sorted(splits.items())
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
