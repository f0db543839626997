"""Near-duplicates by embedding: pictures that a model can hardly tell apart.

A mark is an image's embedding made small: 128 whole numbers from -127 to 127, by a random
projection that is the same everywhere. Cosines of marks differ from those of the embeddings by
0.01 or so where they are near 1 (Johnson and Lindenstrauss 1984).
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from usearch.index import Index

DIMENSIONS: Final = 128
"""Bytes of a mark."""
NEIGHBOURS: Final = 16
"""How many of an image's nearest are looked at first: chains of these make most clusters."""
SPREAD: Final = 4
"""Images of a larger cluster that are asked for more neighbours than it has members."""
ROUNDS: Final = 8
"""How often such clusters may become one with others, at most."""
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
    (usearch; Malkov and Yashunin 2018): time grows about linearly, some pairs may be missed. In a
    crowd all of these may be of the crowd, so a few of its members are asked for what is beyond
    it. One thread and an order that the marks alone decide, so that the same marks give the same
    pairs: among pictures that come one after the other and are alike the index would get lost.
    """
    from usearch.index import Index

    # Equal marks would fill up each other's neighbours: of these one is enough.
    distinct, first, place = np.unique(found, axis=0, return_index=True, return_inverse=True)
    left, right = np.flatnonzero(first[place] != np.arange(len(found))), first[place]
    order = first[np.argsort(_shuffled(distinct), kind="stable")]
    if len(distinct) <= 1:
        return left, right[left]
    index = Index(ndim=DIMENSIONS, metric="cos", dtype="i8", expansion_search=_SEARCHED)
    index.add(np.arange(len(order)), found[order], threads=1)
    one, other = _beside(index, found[order], np.arange(len(order)), NEIGHBOURS, cosine)
    more = _beyond(index, found[order], joined(np.arange(len(order)), one, other), cosine)
    one, other = (order[np.concatenate(both)] for both in zip((one, other), more, strict=True))
    return np.concatenate([left, one]), np.concatenate([right[left], other])


def _shuffled(found: Marks) -> NDArray[np.uint64]:
    """A number for each mark that looks like chance: a sum of products, mixed as by MurmurHash3."""
    words = np.ascontiguousarray(found).view("<u8").astype(np.uint64)
    odd = np.frombuffer(hashlib.shake_256(b"order").digest(8 * words.shape[1]), "<u8") | 1
    mixed = (words * odd).sum(1, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return np.asarray(mixed ^ (mixed >> np.uint64(33)), np.uint64)


def _beside(
    index: Index, found: Marks, rows: Places, count: int, cosine: float
) -> tuple[Places, Places]:
    """Pairs of some `rows` with those of their `count` nearest that reach `cosine`."""
    matches = index.search(found[rows], min(count, len(found)), threads=1)
    one = np.repeat(rows, matches.keys.shape[-1])
    other = np.asarray(matches.keys, np.int64).ravel()
    chosen = one != other
    one, other = one[chosen], other[chosen]
    near = _cosines(found, one, other) >= cosine
    return one[near], other[near]


def _beyond(index: Index, found: Marks, label: Places, cosine: float) -> tuple[Places, Places]:
    """Pairs that join clusters `label` of more than NEIGHBOURS with what is near them."""
    pairs = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    asked = np.zeros(len(label), np.int64)
    for _ in range(ROUNDS):
        size = np.bincount(label, minlength=len(label))
        crowds = np.flatnonzero((size > NEIGHBOURS) & (size > asked))
        if not len(crowds):
            break
        asked, order = np.maximum(asked, size), np.argsort(label, kind="stable")
        ends = np.cumsum(size)
        for crowd in crowds:
            rows = _spread(found, order[ends[crowd] - size[crowd] : ends[crowd]])
            pairs.append(_beside(index, found, rows, int(size[crowd]) + NEIGHBOURS, cosine))
        label = joined(label, *map(np.concatenate, zip(*pairs, strict=True)))
    one, other = map(np.concatenate, zip(*pairs, strict=True))
    return one, other


def _spread(found: Marks, members: Places) -> Places:
    """The first of `members`, and those that are least like it."""
    near = _cosines(found[members], np.zeros_like(members), np.arange(len(members)))
    order = np.argsort(near, kind="stable")[: SPREAD - 1]
    return np.concatenate([members[:1], members[order]])


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
