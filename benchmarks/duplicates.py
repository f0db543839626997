"""Near-duplicate search over 64-bit hashes: how long, and how it grows with their number.

Uniform hashes are the easy case. The others are what pictures may do to it by accident or on
purpose: all alike but for a few bits, crowded round one or twenty values, in few bits and yet all
more than four apart (a BCH code), and balanced as perceptual hashes are, with correlated bits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.row import Row

FEW, MANY = 50_000, 200_000
WANTED_S: Final = 10.0
WANTED_GROWTH: Final = 8.0
"""Times as long for four times as many: comparing all with all takes 16 times as long."""

Hashes = NDArray[np.uint64]


def measure() -> Iterator[Row]:
    """Seconds for MANY hashes of each kind, and the time for MANY over the time for FEW."""
    from vsfa_data.filter.clusters import near_duplicates

    near_duplicates(uniform(1_000))  # imports
    for name, made in KINDS.items():
        seconds = []
        for count in (FEW, MANY):
            hashes = made(count)
            start = time.perf_counter()
            near_duplicates(hashes)
            seconds.append(time.perf_counter() - start)
        yield Row(f"near-duplicates of {MANY:,} hashes, {name}", seconds[1], WANTED_S, "s", "<= 1")
        grown = seconds[1] / seconds[0]
        yield Row(f"  its time over that for {FEW:,}", grown, WANTED_GROWTH, "", "<= 1")


def uniform(count: int) -> Hashes:
    return _rng().integers(0, 2**64, count, dtype=np.uint64)


def few_bits(count: int) -> Hashes:
    return _rng().permutation(4 * count)[:count].astype(np.uint64)


def around(count: int, centres: int) -> Hashes:
    rng = _rng()
    hashes = rng.integers(0, 2**64, centres, dtype=np.uint64)[rng.integers(0, centres, count)]
    for _ in range(8):
        hashes ^= np.uint64(1) << rng.integers(0, 64, count, dtype=np.uint64)
    return hashes


def code(count: int) -> Hashes:
    message = _rng().permutation(2**21)[:count].astype(np.uint64)
    words = np.zeros(count, np.uint64)
    for place in range(21):
        words ^= ((message >> np.uint64(place)) & np.uint64(1)) * np.uint64(0b11101101001 << place)
    return words


def balanced(count: int) -> Hashes:
    rng, place = _rng(), np.arange(64)
    level = rng.standard_normal((count, 64)) * np.exp(-place / 10)
    level += rng.standard_normal((count, 1)) * np.exp(-place / 5)
    bits = level > np.median(level, axis=1, keepdims=True)
    hashes: Hashes = bits @ (np.uint64(1) << place.astype(np.uint64))
    return hashes


KINDS: Final[dict[str, Callable[[int], Hashes]]] = {
    "uniform": uniform,
    "alike but for twenty bits": few_bits,
    "round one value": lambda count: around(count, 1),
    "round twenty values": lambda count: around(count, 20),
    "a BCH code": code,
    "balanced": balanced,
}


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)
