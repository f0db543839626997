"""Several byte strings as one message: each message of two processes is a wait for the other."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

_NUMBER: Final = struct.Struct("<Q")
PIPE_BYTES: Final = 2**20
"""Size of a pipe, so that a message is rarely written in two turns. Linux allows it to all."""


def send(pipe: Connection, parts: Sequence[bytes]) -> None:
    """Send `parts`, however many. Raises OSError if nobody will read them."""
    lengths = (len(parts), *map(len, parts))
    pipe.send_bytes(b"".join((*map(_NUMBER.pack, lengths), *parts)))


def received(pipe: Connection) -> list[bytes]:
    """What `send` was given. Raises EOFError, OSError, and ValueError for anything else."""
    message = pipe.recv_bytes()
    try:
        (count,) = _NUMBER.unpack_from(message)
        begin = _NUMBER.size * (count + 1)
        if begin > len(message):
            raise ValueError("a parcel that is shorter than it says")
        lengths = struct.unpack_from(f"<{count}Q", message, _NUMBER.size)
    except struct.error as error:
        raise ValueError(str(error)) from None
    parts = []
    for length in lengths:
        parts.append(message[begin : begin + length])
        begin += length
    if begin != len(message):
        raise ValueError("a parcel that is not as long as it says")
    return parts


def widen(pipe: Connection) -> None:
    """Have a pipe hold PIPE_BYTES, where the system lets it."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
