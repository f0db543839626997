"""Members of a tar archive, read as a stream.

Python's `tarfile` reads as much for one header as a hostile archive says it has, and takes a
damaged header for the archive's end. So the blocks are walked here, and `tarfile` says what one
block means. Format: POSIX.1-2024, `pax`; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vsfa_data.collect.archive.member import REST, Member, Names, is_hidden
from vsfa_data.collect.archive.unpacking import Unpacked
from vsfa_data.collect.rejected import Rejected

MAX_HEADER_BYTES: Final = 2**16
"""Size of an extended header (a long name, an extended attribute), at most."""

_BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = bytes(_BLOCK)
_KINDS: Final = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}
_PAX: Final = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_EXTENDED: Final = (*_PAX, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_SPARSE_GOES_ON: Final = (482, 504)
"""Where a sparse file's header, and each further block of it, say that another one follows."""


@dataclass
class _Ahead:
    """What extended headers say of the member that follows them."""

    name: bytes | None = None
    size: int | None = None
    kind: str | None = None


def members(file: Unpacked, max_bytes: int) -> Iterator[Member]:
    """Each file of the archive in its order; what is no file to be had, with the reason.

    Folders and hidden files are passed over. If the archive breaks off, the last member is REST.
    Raises Rejected, before it gives anything, if the first block is not that of a tar archive.
    """
    block = file.exactly(_BLOCK)
    if block != _END:
        _parsed(block)
    return _walked(file, block, max_bytes)


def _walked(file: Unpacked, block: bytes, max_bytes: int) -> Iterator[Member]:
    names, ahead = Names(), _Ahead()
    try:
        while block != _END:
            info = _parsed(block)
            if info.type in _EXTENDED:
                _look_ahead(file, info, ahead)
            else:
                if info.type == tarfile.GNUTYPE_SPARSE:
                    _pass_over_map(file, block)
                yield from _member(file, info, ahead, names, max_bytes)
                ahead = _Ahead()
            block = file.exactly(_BLOCK)
    except Rejected as no:
        yield Member.refused(REST, no)


def _member(
    file: Unpacked, info: tarfile.TarInfo, ahead: _Ahead, names: Names, max_bytes: int
) -> Iterator[Member]:
    """The member that `info` opens, if it is one; then the file is past it."""
    name = ahead.name if ahead.name is not None else _encoded(info.name)
    size = ahead.size if ahead.size is not None else info.size
    has_data = info.isreg() or info.type not in tarfile.SUPPORTED_TYPES
    end = file.place + (-(-size // _BLOCK) * _BLOCK if has_data else 0)
    if not info.isdir() and not is_hidden(name):
        reference = names.reference(name)
        try:
            names.check(name, reference)
            _check(ahead.kind or _KINDS.get(info.type), size, max_bytes)
        except Rejected as no:
            yield Member.refused(reference, no)
        else:
            yield Member(reference, file.exactly(size))
    file.skip(end - file.place)


def _check(kind: str | None, size: int, max_bytes: int) -> None:
    if kind is not None:
        raise Rejected("not_a_file", kind)
    if size > max_bytes:
        raise Rejected("too_many_bytes", f"{size} bytes, at most {max_bytes}")


def _parsed(block: bytes) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise Rejected("archive_damaged", "a header is not valid") from None
    if info.size < 0:
        raise Rejected("archive_damaged", "a size below zero")
    return info


def _look_ahead(file: Unpacked, info: tarfile.TarInfo, ahead: _Ahead) -> None:
    if info.size > MAX_HEADER_BYTES:
        raise Rejected("archive_damaged", f"a header of {info.size} bytes")
    data = file.exactly(-(-info.size // _BLOCK) * _BLOCK)[: info.size]
    if info.type == tarfile.GNUTYPE_LONGNAME:
        ahead.name = data.partition(b"\0")[0]
    elif info.type in _PAX:
        for key, value in _records(data):
            if key in {b"path", b"GNU.sparse.name"}:
                ahead.name = value
            elif key == b"size":
                ahead.size = _number(value)
            if key.startswith(b"GNU.sparse."):
                ahead.kind = _KINDS[tarfile.GNUTYPE_SPARSE]


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a pax header, lines of length, key and value: `17 path=a/b.jpg`."""
    while data.strip(b"\0"):
        digits, _, rest = data.partition(b" ")
        length = _number(digits)
        key, equals, value = rest[: max(0, length - len(digits) - 1)].partition(b"=")
        if not equals or not value.endswith(b"\n") or length > len(data):
            raise Rejected("archive_damaged", "a header is not valid")
        yield key, value[:-1]
        data = data[length:]


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise Rejected("archive_damaged", "a header is not valid")
    return int(digits)


def _pass_over_map(file: Unpacked, block: bytes) -> None:
    """Go to the data of an old GNU sparse file, past the map of where it belongs."""
    place, further = _SPARSE_GOES_ON
    while block[place]:
        block, place = file.exactly(_BLOCK), further


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
