"""An archive's bytes from its start to its end, unpacked on the way; refuses to be blown up."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from typing import IO, Final

from vsfa_data.collect.rejected import Rejected

MAX_RATIO: Final = 200
"""Bytes unpacked for each byte packed, at most. Pictures hardly shrink; drawings that are stored
without compression of their own shrink by some dozens; deflate's limit, a bomb's, is 1,032."""
HARMLESS_BYTES: Final = 2**26
"""Up to here nobody asks how many bytes it was before."""
FAILURES: Final = (OSError, EOFError, zlib.error)
"""What a stream that is not as it should be raises; zstd's errors are OSErrors."""

_PIECE: Final = 2**20
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"


class Unpacked:
    """The bytes in `file` (seekable, at its start): plain, gzip or zstd, as its start tells."""

    def __init__(self, file: BufferedReader) -> None:
        self._packed = file
        self._file = _opened(file)
        self.place = 0
        """Bytes unpacked so far."""

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes. Raises Rejected: archive_damaged, archive_bomb."""
        return b"".join(self._pieces(size))

    def skip(self, size: int) -> None:
        """Pass over `size` bytes. Raises Rejected: archive_damaged, archive_bomb."""
        for _ in self._pieces(size):
            pass

    def _pieces(self, size: int) -> Iterator[bytes]:
        end = self.place + size
        while self.place < end:
            try:
                piece = self._file.read(min(end - self.place, _PIECE))
            except FAILURES as error:
                raise Rejected("archive_damaged", _said(error)) from None
            if not piece:
                raise Rejected("archive_damaged", "it ends too early")
            self.place += len(piece)
            check_ratio(self.place, self._packed.tell())
            yield piece


def check_ratio(unpacked: int, packed: int) -> None:
    """Raises Rejected `archive_bomb` if `packed` bytes have become far too many."""
    if unpacked > HARMLESS_BYTES and unpacked > MAX_RATIO * packed:
        raise Rejected("archive_bomb", f"more than {MAX_RATIO} bytes for each of the archive's")


def _opened(file: BufferedReader) -> IO[bytes] | gzip.GzipFile:
    start = file.peek(4)
    if start.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if start.startswith(_ZSTD):
        import pyarrow as pa

        stream: IO[bytes] = pa.CompressedInputStream(file, "zstd")
        return stream
    return file


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
