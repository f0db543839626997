"""Any archive, by how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Final

from vsfa_data.collect.archive import tars, zips
from vsfa_data.collect.archive.member import Member
from vsfa_data.collect.archive.unpacking import Unpacked

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")


def members(file: BufferedReader, max_bytes: int) -> Iterator[Member]:
    """Members of the archive in `file`, which is at its start and can be sought in.

    A zip archive's in the order of their names, a tar archive's (plain, gzip or zstd) as they
    stand in it. `max_bytes`: size of a member that is read, at most.
    Raises Rejected, before it gives anything, if it is no archive.
    """
    if file.peek(4).startswith(_ZIP):
        return zips.members(file, max_bytes)
    return tars.members(Unpacked(file), max_bytes)
