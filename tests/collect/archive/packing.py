"""Archives for tests, made by Python's own writers and by hand."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


def opened(data: bytes) -> io.BufferedReader:
    """`data` as a file that was just opened."""
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[type-var,unused-ignore]


def tar(*files: tuple[str, bytes] | tarfile.TarInfo, **options: Any) -> bytes:
    """A tar archive; a TarInfo is written as it is, without data."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", **options) as archive:
        for file in files:
            if isinstance(file, tarfile.TarInfo):
                archive.addfile(file)
            else:
                info = tarfile.TarInfo(file[0])
                info.size = len(file[1])
                archive.addfile(info, io.BytesIO(file[1]))
    return made.getvalue()


def entry(name: str, kind: bytes, **fields: Any) -> tarfile.TarInfo:
    """A tar header of another kind than a file."""
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def zipped(
    *files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()
