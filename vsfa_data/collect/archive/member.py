"""A file in an archive, and which names of files are safe."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from vsfa_data.collect import references
from vsfa_data.collect.rejected import Rejected

MAX_NAME_BYTES: Final = 4096
"""As long as a path may be on Linux."""
REST: Final = ""
"""Name of what is left of an archive that cannot be read to its end."""

_SEPARATORS: Final = re.compile(rb"[/\\]")
_DRIVE: Final = re.compile(rb"[A-Za-z]:")
_JUNK: Final = b"__MACOSX"


@dataclass(frozen=True)
class Member:
    """A regular file's bytes in `data`, or the `reason` (and `detail`) why they are not to be had.

    `name` is text, with `/` between folders, and unlike that of any other member.
    """

    name: str
    data: bytes | None = field(default=None, repr=False)
    reason: str | None = None
    detail: str | None = None

    @classmethod
    def refused(cls, name: str, no: Rejected) -> Member:
        """The member `name`, which is not to be had because of `no`."""
        return cls(name, reason=no.reason, detail=no.detail)


class Names:
    """The names of one archive's members, in order."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._count = 0

    def reference(self, name: bytes) -> str:
        """`name` as text, unlike that of any member before, and not REST.

        A repeated one, or none at all, gets its place.
        """
        self._count += 1
        digest = hashlib.blake2b(_plain(name), digest_size=16).digest()
        if digest in self._seen or len(name) > MAX_NAME_BYTES or not _plain(name):
            return f"{shown(name)} (member {self._count})".lstrip()
        self._seen.add(digest)
        return shown(name)

    def check(self, name: bytes, reference: str) -> None:
        """Raises Rejected: unsafe_name, repeated_name.

        Nothing is ever written under these names; but whoever unpacks the archive to look into
        it shall be safe too, and two files of one name could be taken for each other.
        """
        if len(name) > MAX_NAME_BYTES:
            raise Rejected("unsafe_name", f"longer than {MAX_NAME_BYTES} bytes")
        parts = _SEPARATORS.split(name)
        if not name or b"\0" in name:
            raise Rejected("unsafe_name", "a zero byte" if name else "no name")
        if not parts[0] or _DRIVE.match(name):
            raise Rejected("unsafe_name", "absolute")
        if b".." in parts:
            raise Rejected("unsafe_name", "leads out of the archive")
        if reference != shown(name):
            raise Rejected("repeated_name")


def shown(name: bytes) -> str:
    """`name` as text: never the same for two names, cut if it is absurdly long."""
    return references.of(_plain(name)[:MAX_NAME_BYTES])


def is_hidden(name: bytes) -> bool:
    """Whether it is a hidden file, or what macOS adds to archives: no candidates."""
    parts = [part for part in _SEPARATORS.split(name) if part not in {b"", b".", b".."}]
    return any(part.startswith(b".") or part == _JUNK for part in parts)


def _plain(name: bytes) -> bytes:
    """`./a//b` is `a/b`; what leads out stays, to be seen by the reader."""
    lead = b"/" if name.startswith(b"/") else b""
    return lead + b"/".join(part for part in name.split(b"/") if part not in {b"", b"."})
