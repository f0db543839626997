"""Near-duplicates by embedding: pictures that a model can hardly tell apart.

A mark is an image's embedding made small: 128 whole numbers from -127 to 127, by a random
projection that is the same everywhere. Cosines of marks differ from those of the embeddings by
0.01 or so where they are near 1 (Johnson and Lindenstrauss 1984).
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

DIMENSIONS: Final = 128
"""Bytes of a mark."""
NEIGHBOURS: Final = 16
"""How many of an image's nearest are looked at: chains of these make clusters of any size."""
_SCALE: Final = 300.0
"""A component of a projected unit vector is 0.09 or so; 0.42 becomes 127."""
_SEARCHED: Final = 64

Marks = NDArray[np.int8]
Places = NDArray[np.int64]


def marks(vectors: NDArray[np.float32]) -> Marks:
    """Unit vectors float32[n, d] -> int8[n, DIMENSIONS]; each row on its own."""
    side = _projection(vectors.shape[1])
    rows = [np.rint(_SCALE * (side @ row.astype(np.float64))).clip(-127, 127) for row in vectors]
    return np.stack(rows).astype(np.int8) if rows else np.empty((0, DIMENSIONS), np.int8)


@cache
def _projection(dimension: int) -> NDArray[np.float64]:
    """Rows of +-1 / sqrt(DIMENSIONS), drawn by a hash: float64[DIMENSIONS, dimension]."""
    count = DIMENSIONS * dimension
    drawn = hashlib.shake_256(b"mark").digest(-(-count // 8))
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8))[:count].astype(np.float64)
    drawn_sides = (2.0 * bits - 1.0).reshape(DIMENSIONS, dimension)
    return np.asarray(drawn_sides / np.sqrt(DIMENSIONS), np.float64)


def near_pairs(found: Marks, cosine: float) -> tuple[Places, Places]:
    """Rows of pairs of marks int8[n, DIMENSIONS] whose cosine reaches `cosine`.

    Of each mark its NEIGHBOURS nearest are looked at, as an index of small worlds finds them
    (usearch; Malkov and Yashunin 2018): time grows about linearly, some pairs may be missed. One
    thread, so that the same marks in the same order give the same pairs.
    """
    from usearch.index import Index

    # Equal marks would fill up each other's neighbours: of these one is enough.
    distinct, first, place = np.unique(found, axis=0, return_index=True, return_inverse=True)
    left, right = np.flatnonzero(first[place] != np.arange(len(found))), first[place]
    order = np.sort(first)
    if len(distinct) <= 1:
        return left, right[left]
    index = Index(ndim=DIMENSIONS, metric="cos", dtype="i8", expansion_search=_SEARCHED)
    index.add(np.arange(len(order)), found[order], threads=1)
    matches = index.search(found[order], min(NEIGHBOURS, len(order)), threads=1)
    one = np.repeat(np.arange(len(order)), matches.keys.shape[1])
    other = np.asarray(matches.keys, np.int64).ravel()
    chosen = one != other
    one, other = order[one[chosen]], order[other[chosen]]
    near = _cosines(found, one, other) >= cosine
    return np.concatenate([left, one[near]]), np.concatenate([right[left], other[near]])


def _cosines(found: Marks, one: Places, other: Places) -> NDArray[np.float64]:
    """Cosines of pairs: whole numbers up to the division, so exact in any order."""
    wide = found.astype(np.int32)
    length = np.sqrt((wide**2).sum(1, dtype=np.int64).astype(np.float64))
    parts = [
        (wide[a] * wide[b]).sum(1, dtype=np.int64)
        for a, b in zip(_parts(one), _parts(other), strict=True)
    ]
    product = np.concatenate(parts) if parts else np.empty(0, np.int64)
    return np.asarray(product / np.maximum(length[one] * length[other], 1.0), np.float64)


def _parts(rows: Places) -> list[Places]:
    return np.array_split(rows, len(rows) // 100_000 + 1)


def joined(first: Places, left: Places, right: Places) -> Places:
    """Clusters `first` (row of the first of each row's cluster) with those of pairs made one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(first)
    rows = np.concatenate([np.arange(count), left])
    columns = np.concatenate([first, right])
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    lowest = np.full(label.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(lowest, label, np.arange(count))
    found: Places = lowest[label]
    return found
