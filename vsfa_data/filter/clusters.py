"""Near-duplicates: images whose perceptual hashes differ in a few bits only."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_BITS: Final = 4
"""Bits in which the 64-bit hashes of near-duplicates differ, at most."""

_BANDS: Final = ((0, 11), (11, 11), (22, 11), (33, 11), (44, 10), (54, 10))
"""First bit and width. Four differing bits leave at least two of six bands untouched."""


def near_duplicates(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each of `hashes` (uint64[n]) the index of the first one of its cluster, int64[n].

    A cluster holds all that can be reached by steps of at most MAX_BITS. Two hashes that close
    agree in two bands at least, so only those that agree there are compared: about linear in n.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    distinct, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    found = [_close_pairs(distinct, _key(distinct, a, b)) for a, b in combinations(_BANDS, 2)]
    left, right = np.concatenate(found, axis=1)
    ones = np.ones(len(left), np.int8)
    graph = coo_array((ones, (left, right)), shape=(len(distinct), len(distinct)))
    count, label = connected_components(graph, directed=False)
    root = np.full(count, len(hashes), np.int64)
    np.minimum.at(root, label, first)
    clusters: NDArray[np.int64] = root[label][place]
    return clusters


def _key(hashes: NDArray[np.uint64], *bands: tuple[int, int]) -> NDArray[np.uint64]:
    """The bits of two bands, side by side."""
    key = np.zeros_like(hashes)
    for start, width in bands:
        bits = (hashes >> np.uint64(start)) & np.uint64((1 << width) - 1)
        key = (key << np.uint64(width)) | bits
    return key


def _close_pairs(hashes: NDArray[np.uint64], key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Index pairs, int64[2, p], of hashes with the same key that are at most MAX_BITS apart."""
    order = np.argsort(key, kind="stable")
    hashes, key = hashes[order], key[order]
    at, gap = np.arange(len(key) - 1), 1
    found = [np.empty((2, 0), np.int64)]
    while len(at):
        at = at[key[at] == key[at + gap]]
        close = at[np.bitwise_count(hashes[at] ^ hashes[at + gap]) <= MAX_BITS]
        found.append(np.stack([order[close], order[close + gap]]))
        gap += 1
        at = at[at + gap < len(key)]
    return np.concatenate(found, axis=1)
