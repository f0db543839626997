"""Files that are there whole or not at all, whatever fails, and stay through a power cut."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from vsfa_data.errors import SetupError

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DENIED: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENAMETOOLONG, errno.ELOOP}
    # A volume that is mounted just where a folder is to be put in another's place.
    | {errno.EBUSY, errno.EXDEV}
    # Something else of that name: a folder where a file belongs, or the reverse.
    | {errno.EISDIR, errno.ENOTDIR}
)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or a refused write into one line that says what to do.

    Raises SetupError for these; any other OSError passes.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise SetupError(
                f"no space left while writing {path} ({os.strerror(error.errno or 0)}). Free some, "
                f"then run the same command again: finished shards are kept"
            ) from error
        if error.errno in DENIED or isinstance(error, NotADirectoryError | FileExistsError):
            raise SetupError(
                f"cannot write {path} ({os.strerror(error.errno or 0)}). "
                f"Choose a folder that you may write to with --out"
            ) from error
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all, and let it survive a power cut."""
    with writing(path):
        temporary = _temporary(path)
        try:
            _put(temporary, content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync(path.parent)


def write_both_atomically(first: Path, content: bytes, second: Path, other: bytes) -> None:
    """As `write_atomically`, of two files in one folder: the second is never there alone.

    The disk has both of them to write at a time: waiting for it is what takes long.
    """
    with writing(first), ThreadPoolExecutor(1) as thread:
        temporaries = _temporary(first), _temporary(second)
        try:
            beside = thread.submit(_put, temporaries[0], content)
            _put(temporaries[1], other)
            beside.result()
            temporaries[0].replace(first)
            temporaries[1].replace(second)
        except BaseException:
            thread.shutdown()
            for temporary in temporaries:
                temporary.unlink(missing_ok=True)
            raise
        sync(first.parent)


def _temporary(path: Path) -> Path:
    return path.with_name(f".tmp-{os.getpid()}-{path.name}")


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot do this for a folder, and need not.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP) or not path.is_dir():
            raise
    finally:
        os.close(descriptor)
