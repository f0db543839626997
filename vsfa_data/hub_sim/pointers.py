"""What git holds in the place of a large file: three lines that name its sha256 and size.

The format is git-lfs's: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 1024
"""No pointer is larger than this."""
_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)


@dataclass(frozen=True)
class Pointer:
    """A large file: sha256 of its content, its size, the size of the pointer itself."""

    sha256: str
    size: int
    pointer_size: int


def parse(blob: bytes) -> Pointer | None:
    """The pointer that `blob` is, or None."""
    found = _POINTER.fullmatch(blob)
    return Pointer(found[1].decode(), int(found[2]), len(blob)) if found else None


def render(sha256: str, size: int) -> bytes:
    """The pointer's bytes."""
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
    return text.encode()
