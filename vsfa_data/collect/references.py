"""Names of files as `source_ref`: text for any bytes, one text for one name."""

from __future__ import annotations


def of(path: bytes) -> str:
    r"""Valid UTF-8 for any path, and never the same text for two paths.

    A backslash and a byte that is not UTF-8 are written as `\xNN`.
    """
    return path.replace(b"\\", rb"\x5c").decode("utf-8", "backslashreplace")
