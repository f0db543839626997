"""Where Arrow writes a file of a release: hashed on its way, and a full disk is an error."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from vsfa_data.release.manifest import File


class Sink:
    """A file for Arrow to write to, hashed on its way, whose errors wait until they are asked for.

    Arrow ends the whole process when a write fails while it cuts pages by their content.
    """

    closed = False

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._sha256, self._bytes = hashlib.sha256(), 0
        self._failed: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of it, unless something failed before."""
        if self._failed is None:
            try:
                self._file.write(data)
                self._sha256.update(data)
                self._bytes += len(data)
            except OSError as error:
                self._failed = error
        return len(data)

    def tell(self) -> int:
        """Bytes written."""
        return self._bytes

    def flush(self) -> None:
        """Nothing: `finish` does it."""

    def close(self) -> None:
        """Nothing: Arrow closes what it lets go of, also what nobody finishes."""

    def check(self) -> None:
        """Raise what went wrong."""
        if self._failed is not None:
            raise self._failed

    def finish(self) -> File:
        """End it; what it holds. Its last bytes may not have reached the disk: see `sync`."""
        self.check()
        self._file.flush()
        return File(sha256=self._sha256.hexdigest(), bytes=self._bytes)

    def sync(self) -> None:
        """Have what was written so far reach the disk. An error waits like any other."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            # The system tells of it once: a later `fsync` would say that all is well.
            self._failed = self._failed or error

    def abandon(self) -> None:
        """Let go of it. Whatever Arrow still writes is lost."""
        self._failed = self._failed or OSError("abandoned")
        # What is still buffered may have no room on the disk.
        with contextlib.suppress(OSError):
            self._file.close()
