"""What lies below a folder, in an order that depends on nothing but the names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from operator import itemgetter

from vsfa_data.collect import references
from vsfa_data.errors import UserError

Found = tuple[bytes, os.DirEntry[bytes]]
"""Path relative to where the walk began, and the entry."""


def walk(root: bytes) -> Iterator[Found]:
    """All but folders below `root`, in the byte order of their relative paths.

    Hidden folders and links to folders are entries like any other and are not looked into. Raises
    UserError for a folder that cannot be listed.
    """
    entries = _entries(root, b"")
    while entries:
        relative, entry = entries.pop()
        if relative.endswith(b"/"):
            entries += _entries(entry.path, relative)
        else:
            yield relative, entry


def is_hidden(entry: os.DirEntry[bytes]) -> bool:
    """Whether its name begins with a dot."""
    return entry.name.startswith(b".")


def what(entry: os.DirEntry[bytes]) -> str | None:
    """What an entry is that is no plain file; None for one that is."""
    if entry.is_file(follow_symlinks=False):
        return None
    return "a symbolic link" if entry.is_symlink() else "a special file"


def state(entry: os.DirEntry[bytes]) -> bytes:
    """What changes with a file; reading it decides what it means that there is nothing to tell."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # gone since it was listed, or in a folder that may be listed but not entered
        return b"unreadable"
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return b"%d:%d:%d:%d" % (status.st_size, status.st_mode, *times)


def _entries(folder: bytes, prefix: bytes) -> list[Found]:
    """Relative paths and entries of what is in a folder, last first.

    A folder's path ends in a slash and so sorts to where its files belong. Paths are bytes
    because what they decode to, and so their order, depends on the locale.
    """
    try:
        with os.scandir(folder) as scan:
            entries = list(scan)
    except OSError as error:
        raise UserError(
            f"image folder {references.of(folder)} cannot be listed ({error.strerror}); "
            f"make it readable or name another one ('path' of the source)"
        ) from None
    listed = [(prefix + one.name + (b"/" if _is_inside(one) else b""), one) for one in entries]
    return sorted(listed, key=itemgetter(0), reverse=True)


def _is_inside(entry: os.DirEntry[bytes]) -> bool:
    """Whether it is a folder to look into."""
    return not is_hidden(entry) and entry.is_dir(follow_symlinks=False)
