"""Reading a local file that somebody else may have put there."""

from __future__ import annotations

import os
import stat
from typing import Final

from vsfa_data.collect.rejected import Rejected

# A pipe must not make the reader wait, nor a link lead it out of the folder. Windows lacks both.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read(path: bytes, max_bytes: int) -> bytes:
    """The whole of a regular file that is no symbolic link.

    Raises Rejected: `unreadable`, or `too_many_bytes` before anything is read; a file that
    grows meanwhile is never read beyond `max_bytes`.
    """
    try:
        descriptor = os.open(os.fsdecode(path), _FLAGS)
        try:
            data = _read(descriptor, max_bytes)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Rejected("unreadable", error.strerror) from None
    return check(data, max_bytes)


def check(data: bytes, max_bytes: int) -> bytes:
    """`data` as it is. Raises Rejected `too_many_bytes` if it is larger than `max_bytes`."""
    if len(data) > max_bytes:
        raise _too_many(len(data), max_bytes)
    return data


def _read(descriptor: int, max_bytes: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Rejected("unreadable", "not a regular file")
    if status.st_size > max_bytes:
        raise _too_many(status.st_size, max_bytes)
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(max_bytes + 1)


def _too_many(size: int, max_bytes: int) -> Rejected:
    return Rejected("too_many_bytes", f"{size} bytes, at most {max_bytes}")
