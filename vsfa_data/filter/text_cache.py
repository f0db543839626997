"""Concepts' text vectors on disk: they are the same in every run, and take seconds to compute.

The cache may vanish, be corrupt or be read-only: then vectors are computed, and nobody notices.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from vsfa_data.files.checksums import cache_folder


def folder() -> Path:
    """`vsfa-data/texts` in the user's cache folder (XDG_CACHE_HOME, else ~/.cache)."""
    return cache_folder() / "texts"


def vectors(
    identity: str,
    texts: Sequence[str],
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """`encode(texts)`, float32[m, d], from the cache where it has them for this `identity`."""
    key = hashlib.sha256(json.dumps([identity, list(texts)]).encode("ascii")).hexdigest()
    file = folder() / f"{key}.npy"
    stored = _read(file, len(texts))
    if stored is not None:
        return stored
    with _alone():
        stored = _read(file, len(texts))  # another process may have made them meanwhile
        if stored is None:
            stored = encode(texts)
            _write(file, stored)
    return stored


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time computes a set of texts; where no lock can be had, each does."""
    lock = FileLock(folder().parent / "texts.lock")
    try:
        folder().parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _read(file: Path, count: int) -> NDArray[np.float32] | None:
    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    good = (
        isinstance(found, np.ndarray)
        and found.dtype == np.float32
        and found.ndim == 2
        and len(found) == count
        and bool(np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-3))
    )
    return found if good else None


def _write(file: Path, vectors: NDArray[np.float32]) -> None:
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as stream:
                np.save(stream, vectors, allow_pickle=False)
            Path(temporary).replace(file)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
