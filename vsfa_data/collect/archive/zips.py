"""Members of a zip archive, sorted by name so that what belongs together stands together."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from typing import Final

from vsfa_data.collect.archive.member import REST, Member, Names, is_hidden
from vsfa_data.collect.archive.unpacking import check_ratio
from vsfa_data.collect.rejected import Rejected

MAX_DIRECTORY_BYTES: Final = 2**27
"""Size of the list of members, at most: about a million of them, which are held in memory."""

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 1
_UTF8: Final = 0x800
_FAILURES: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What `zipfile` raises for an archive that is not as it should be."""


def members(file: BufferedReader, max_bytes: int) -> Iterator[Member]:
    """Each file of the archive; what is no file to be had, with the reason.

    Folders and hidden files are passed over. Raises Rejected, before it gives anything, for a
    list of members that cannot be read, or whose parts overlap as a bomb's do.
    """
    size = file.seek(0, os.SEEK_END)
    try:
        archive = zipfile.ZipFile(_Bounded(file))
    except _FAILURES as error:
        raise Rejected("archive_damaged", _said(error)) from None
    entries = sorted(archive.infolist(), key=_name)
    if sum(entry.compress_size for entry in entries) > size:
        raise Rejected("archive_bomb", "its members overlap")
    return _walked(archive, entries, max_bytes)


def _walked(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], max_bytes: int
) -> Iterator[Member]:
    names, packed, unpacked = Names(), 0, 0
    for entry in entries:
        name = _name(entry)
        # What `is_dir` asks as well, but not of a name without a letter.
        if entry.filename.endswith("/") or is_hidden(name):
            continue
        packed += entry.compress_size
        unpacked += min(entry.file_size, max_bytes)
        try:
            check_ratio(unpacked, packed)
        except Rejected as no:
            yield Member.refused(REST, no)
            return
        reference = names.reference(name)
        try:
            names.check(name, reference)
            yield Member(reference, _data(archive, entry, max_bytes))
        except Rejected as no:
            yield Member.refused(reference, no)


def _data(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """The member's bytes, checked against its CRC. Raises Rejected."""
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "a special file"
        raise Rejected("not_a_file", kind)
    if entry.flag_bits & _ENCRYPTED:
        raise Rejected("archive_unsupported", "encrypted")
    if entry.compress_type not in _METHODS:
        raise Rejected("archive_unsupported", f"compression method {entry.compress_type}")
    if entry.file_size > max_bytes:
        raise Rejected("too_many_bytes", f"{entry.file_size} bytes, at most {max_bytes}")
    try:
        with archive.open(entry) as file:
            data = file.read(max_bytes + 1)
    except _FAILURES as error:
        raise Rejected("archive_damaged", _said(error)) from None
    if len(data) != entry.file_size:
        raise Rejected("archive_damaged", "it ends too early")
    return data


def _name(entry: zipfile.ZipInfo) -> bytes:
    """The name as it stands in the archive: UTF-8, or whatever its maker's machine wrote."""
    encoding = "utf-8" if entry.flag_bits & _UTF8 else "cp437"
    return entry.orig_filename.encode(encoding, "surrogateescape")


class _Bounded(RawIOBase):
    """A file of which no more is read at once than a list of members may be long."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int = -1, /) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise ValueError(f"a list of members of {size} bytes")
        return self._file.read(MAX_DIRECTORY_BYTES if size < 0 else size)


def _said(error: BaseException) -> str:
    shown_as = " ".join(str(error).encode("ascii", "backslashreplace").decode().split())
    return shown_as[:200] or type(error).__name__
