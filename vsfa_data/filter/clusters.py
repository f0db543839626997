"""Near-duplicates: images whose perceptual hashes differ in a few bits only.

Two hashes that differ in four bits at most agree in two of six bands of bits at least, in three
of seven, and so on: only those need to be compared that agree in so many bands (multi-index
hashing; Norouzi, Punjani and Fleet 2012). Where hashes crowd together, because pictures are alike
or because somebody wants this to take forever, four things keep it from comparing everything with
everything: bits are dealt to the bands by how much they tell, there are more bands if that is
worth it, what is in one cluster already is not compared, and a crowd is taken apart by bands of
its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from vsfa_data.filter.bands import BANDS, MAX_BITS, Bands, Hashes, Places

_FEW: Final = 1024
"""So many are compared with each other at once; more have ten bits at least that tell."""
_AHEAD: Final = 8
"""How many of those that agree each one is compared with at first: that makes most clusters."""
_CROWD: Final = 8192
"""More than so many that agree are taken apart by bands of their own."""
_MANY: Final = 256
"""In groups of more than so many it is worth to look for those that stand alone."""
_PAIRS: Final = 2**22
"""Pairs that are compared at once: some ten megabytes."""


def near_duplicates(hashes: Hashes) -> Places:
    """For each of `hashes` (uint64[n]) the index of the first one of its cluster, int64[n].

    A cluster holds all that can be reached by steps of at most MAX_BITS.
    """
    distinct, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    label = _clustered(distinct)
    root = np.full(len(distinct), len(hashes), np.int64)
    np.minimum.at(root, label, first)
    clusters: Places = root[label][place]
    return clusters


def _clustered(hashes: Hashes) -> Places:
    """For distinct `hashes` a number of each one's cluster, below their count."""
    clusters = _Clusters(hashes)
    if len(hashes) <= _FEW:
        clusters.compare_gaps([np.arange(len(hashes))], range(1, _FEW))
        return clusters.label
    bands, left = Bands(hashes), None
    for order, key in bands.orders(BANDS[0]):
        if clusters.compare_neighbours(order, key):
            left = clusters.left(clusters.mixed(order, key))
    if left is None:
        return clusters.label
    for order, key in bands.orders(bands.cheapest(left)):
        if not clusters.compare_neighbours(order, key):
            continue
        groups = clusters.mixed(order, key)
        for crowd in (group for group in groups if len(group) > _CROWD):
            label = _clustered(hashes[crowd])
            _, first, number = np.unique(label, return_index=True, return_inverse=True)
            clusters.link(crowd, crowd[first[number]])
        clusters.compare_all([group for group in groups if len(group) <= _CROWD])
    return clusters.label


class _Clusters:
    """Clusters of distinct hashes that grow as close pairs are found."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes
        self.label, self._count = np.arange(len(hashes)), len(hashes)

    def link(self, left: Places, right: Places) -> None:
        """Make one cluster of each pair's two."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if not len(left):
            return
        edges = (np.ones(len(left), np.int8), (self.label[left], self.label[right]))
        graph = coo_array(edges, shape=(self._count, self._count))
        self._count, component = connected_components(graph, directed=False)
        self.label = component[self.label].astype(np.int64)

    def mixed(self, order: Places, key: Hashes) -> list[Places]:
        """Each part of `order` with one and the same `key` that is in more than one cluster.

        Those that compare_neighbours has compared wholly are left out.
        """
        label = self.label[order]
        starts = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        ends = np.append(starts[1:], len(key))
        lowest, highest = np.minimum.reduceat(label, starts), np.maximum.reduceat(label, starts)
        chosen = (ends - starts > _AHEAD + 1) & (lowest < highest)
        pairs = zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True)
        return [order[start:end] for start, end in pairs]

    def compare_neighbours(self, order: Places, key: Hashes) -> bool:
        """Compare each with the next _AHEAD of the same `key`; whether some had more than those."""
        hashes, at = self._hashes[order], np.arange(len(order) - 1)
        found = [np.empty((2, 0), np.int64)]
        for gap in range(1, _AHEAD + 2):
            at = at[: np.searchsorted(at, len(order) - gap)]
            at = at[key[at] == key[at + gap]]
            if gap <= _AHEAD:
                close = at[np.bitwise_count(hashes[at] ^ hashes[at + gap]) <= MAX_BITS]
                found.append(self._strange(order[close], order[close + gap]))
        self.link(*np.concatenate(found, axis=1))
        return bool(len(at))

    def _strange(self, left: Places, right: Places) -> Places:
        """Those pairs, int64[2, p], that are in different clusters."""
        strange = self.label[left] != self.label[right]
        return np.stack([left[strange], right[strange]])

    def left(self, groups: list[Places]) -> float:
        """How many pairs `compare_all` would compare."""
        size = np.array([len(group) for group in groups], np.float64)
        lone = [len(self._lone(group)) if len(group) > _MANY else len(group) for group in groups]
        return float(np.sum(np.minimum(0.5 * size, lone) * size))

    def compare_all(self, groups: list[Places]) -> None:
        """Compare all of each group, which stands in the order of `compare_neighbours`.

        After some gaps it is seen again which groups have more than one cluster, and in which
        all but a few are in the same one.
        """
        gap = _AHEAD + 1
        while groups:
            rest = []
            for group in groups:
                lone = self._lone(group) if len(group) > _MANY else group
                if 4 * len(lone) < len(group):
                    self._compare_each(lone, group)
                else:
                    rest.append(group)
            self.compare_gaps(rest, range(gap, 4 * gap))
            gap *= 4
            groups = [one for one in rest if len(one) > gap and self._is_mixed(one)]

    def _lone(self, group: Places) -> Places:
        """Those of a group that are not in the cluster that most of it is in."""
        label = self.label[group]
        found, count = np.unique(label, return_counts=True)
        lone: Places = group[label != found[count.argmax()]]
        return lone

    def _compare_each(self, lone: Places, group: Places) -> None:
        """Compare each of `lone` with all of `group`."""
        hashes = self._hashes[group]
        for part in np.array_split(lone, len(lone) * len(group) // _PAIRS + 1):
            close = np.bitwise_count(self._hashes[part, None] ^ hashes) <= MAX_BITS
            one, other = np.nonzero(close)
            self.link(*self._strange(part[one], group[other]))

    def _is_mixed(self, group: Places) -> bool:
        return bool((self.label[group] != self.label[group[0]]).any())

    def compare_gaps(self, groups: list[Places], gaps: range) -> None:
        """Compare those of each group that stand so far apart in it."""
        if not groups:
            return
        groups.sort(key=len, reverse=True)  # so that those with two a gap apart stand in front
        size = np.array([len(group) for group in groups])
        place = np.concatenate(groups)
        number, hashes = np.repeat(np.arange(len(groups)), size), self._hashes[place]
        found, pending = [np.empty((2, 0), np.int64)], 0
        for gap in range(gaps.start, min(gaps.stop, int(size[0]))):
            count = int(size[: np.searchsorted(-size, -gap)].sum())
            close = np.bitwise_count(hashes[: count - gap] ^ hashes[gap:count]) <= MAX_BITS
            close &= number[: count - gap] == number[gap:count]
            if not close.any():
                continue
            at = np.flatnonzero(close)
            found.append(self._strange(place[at], place[at + gap]))
            pending += found[-1].shape[1]
            if pending > len(self.label):
                self.link(*np.concatenate(found, axis=1))
                found, pending = [np.empty((2, 0), np.int64)], 0
        self.link(*np.concatenate(found, axis=1))
