"""Orders in which hashes that differ in a few bits only come to stand near each other.

Bits are dealt to bands; if there are MAX_BITS + k of them, two hashes that differ in MAX_BITS bits
at most agree in k bands at least. So in one of the orders by k bands they have the same k.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_BITS: Final = 4
"""Bits in which the 64-bit hashes of near-duplicates differ, at most."""
BANDS: Final = range(MAX_BITS + 2, MAX_BITS + 7)
"""How many bands there may be."""

_WIDEST: Final = np.uint64(11)
"""Bits of the widest band: 64 dealt to six."""
_SORTING: Final = 25
"""What it costs to sort one hash, measured in pairs that could be compared instead."""

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]


class Bands:
    """The bits that tell `hashes` apart, to be dealt to any of BANDS; there are ten at least.

    Those that tell most are dealt first, so that each band tells about as much as the others.
    """

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes
        share = np.array([float(self._bit(place).mean()) for place in range(64)])
        order = np.argsort(np.abs(share - 0.5), kind="stable")
        self._telling = [int(place) for place in order if 0.0 < share[place] < 1.0]
        # How seldom two agree in all of them by chance, as bits (Renyi 1961, order 2).
        self._told = float(-np.log2(share**2 + (1.0 - share) ** 2).sum())
        # Neighbours that agree in a choice of bands agree besides in the first of the other bits,
        # or in the last: one order alone would never bring some near ones together.
        self._ties = [
            np.argsort(self._beside(places)) for places in (self._telling, self._telling[::-1])
        ]

    def orders(self, bands: int) -> Iterator[tuple[Places, Hashes]]:
        """The order by each choice of all but MAX_BITS of so many bands, and these bands in it."""
        dealt = [self._beside(self._telling[seat::bands]) for seat in range(bands)]
        for number, chosen in enumerate(combinations(dealt, bands - MAX_BITS)):
            ties = self._ties[number % 2]
            key = reduce(lambda left, right: (left << _WIDEST) | right, chosen)[ties]
            order = np.argsort(key, kind="stable")
            yield ties[order], key[order]

    def cheapest(self, left: float) -> int:
        """How many bands to use if each order by BANDS[0] leaves `left` pairs to compare."""
        left, least = left * comb(BANDS[0], MAX_BITS), self._agreeing(BANDS[0])
        return min(
            BANDS,
            key=lambda bands: (
                comb(bands, MAX_BITS) * _SORTING * len(self._hashes)
                + left * self._agreeing(bands) / least
            ),
        )

    def _agreeing(self, bands: int) -> float:
        """Pairs that agree by chance, in all orders by so many bands, as a share of all pairs."""
        return float(comb(bands, MAX_BITS) * 2.0 ** (-self._told * (1.0 - MAX_BITS / bands)))

    def _bit(self, place: int) -> Hashes:
        return (self._hashes >> np.uint64(place)) & np.uint64(1)

    def _beside(self, places: Iterable[int]) -> Hashes:
        """The bits at `places`, side by side."""
        beside = np.zeros_like(self._hashes)
        for place in places:
            beside = (beside << np.uint64(1)) | self._bit(place)
        return beside
