"""Content-defined chunks as the Hub's storage cuts files: which bytes of a release are new.

A gear hash over the last 64 bytes ends a chunk where its top 16 bits are zero, but no chunk is
smaller than 8 KiB or larger than 128 KiB: the parameters of Xet. Its table of random numbers is
another one here, which moves the cuts and changes no statistics.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

MIN_BYTES, MAX_BYTES = 8_192, 131_072
_GEAR = np.random.default_rng(0).integers(0, 2**64, 256, dtype=np.uint64)
_MASK = np.uint64(0xFFFF << 48)


def new_share(old: Path, new: Path) -> tuple[float, float]:
    """Bytes of `new` that `old` lacks over all bytes of `new`: by chunks, and by whole files."""
    known = {chunk for path in _files(old) for chunk, _ in chunks(path.read_bytes())}
    whole = {hashlib.sha256(path.read_bytes()).digest() for path in _files(old)}
    total = fresh = fresh_files = 0
    for path in _files(new):
        data = path.read_bytes()
        total += len(data)
        fresh_files += 0 if hashlib.sha256(data).digest() in whole else len(data)
        for chunk, size in chunks(data):
            if chunk not in known:
                known.add(chunk)
                fresh += size
    return fresh / total, fresh_files / total


def chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Hash and size of each chunk, in order."""
    start = 0
    cuts = iter([*(_candidates(data) + 1).tolist(), len(data)])
    cut = next(cuts)
    while start < len(data):
        while cut < min(start + MIN_BYTES, len(data)):
            cut = next(cuts)
        end = min(cut, start + MAX_BYTES)
        yield hashlib.sha256(data[start:end]).digest(), end - start
        start = end


def _candidates(data: bytes) -> np.ndarray:
    """Places where the hash of the last 64 bytes ends a chunk."""
    found = []
    piece = 2**22
    for start in range(0, len(data), piece):
        before = max(0, start - 63)
        hashed = _GEAR[np.frombuffer(data[before : start + piece], np.uint8)]
        # The hash is a sum of 64 shifted terms: doubled from one to 64 in six steps.
        for power in range(6):
            step = 2**power
            shifted = np.zeros_like(hashed)
            shifted[step:] = hashed[:-step] << np.uint64(step)
            hashed = hashed + shifted
        places = np.flatnonzero((hashed & _MASK) == 0) + before
        found.append(places[places >= start])
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
