"""Matched controls: for each threat image the neutral image most like it in plain properties."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAX_BLOCK: Final = 2000
"""Images of one side that are assigned at once: the assignment is cubic in it."""

Table = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Features:
    """What n images are matched on.

    `numbers` is float64[n, f]; `kinds` is int64[n, k], of which only equality means something.
    The cost of a match is the squared distance of numbers and 1 for each kind that differs.
    """

    numbers: NDArray[np.float64]
    kinds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> Features:
        return Features(self.numbers[rows], self.kinds[rows])

    def costs(self, other: Features) -> NDArray[np.float64]:
        """Cost of a match of each of these images with each of `other`, float64[n, m]."""
        from scipy.spatial.distance import cdist

        cost: NDArray[np.float64] = cdist(self.numbers, other.numbers, "sqeuclidean")
        for mine, others in zip(self.kinds.T, other.kinds.T, strict=True):
            cost += mine[:, None] != others
        return cost


def features(table: Table) -> Features:
    """What images are matched on.

    `table` has the columns width, height, aspect, brightness, colourfulness, detail (numbers)
    and format, source, license (text or null). One standard deviation of a number costs as much
    as another format, source or licence.
    """
    width, height = (np.asarray(table[name], np.float64) for name in ("width", "height"))
    numbers = [np.log(width * height), np.log(np.asarray(table["aspect"], np.float64))]
    numbers += [
        np.asarray(table[name], np.float64) for name in ("brightness", "colourfulness", "detail")
    ]
    kinds = [_coded(table[name]) for name in ("format", "source", "license")]
    return Features(
        np.stack([_standardised(values) for values in numbers], axis=1), np.stack(kinds, axis=1)
    )


def match(
    threat: Features,
    neutral: Features,
    ids: tuple[Sequence[str], Sequence[str]],
    seed: int,
) -> NDArray[np.int64]:
    """For each row of `threat` the row of `neutral` that is its control, or -1; int64[n].

    One to one, and as many pairs as the smaller side has rows. The sum of costs is least within
    blocks of at most MAX_BLOCK rows, which are drawn by `ids` (image_ids of the rows) and `seed`,
    so that the order of rows does not matter, time grows linearly, and memory is that of one
    block beside the features.
    """
    from scipy.optimize import linear_sum_assignment

    partner = np.full(len(threat), -1, np.int64)
    blocks = -(-max(len(threat), len(neutral), 1) // MAX_BLOCK)
    sides = [np.array_split(_drawn(side, seed), blocks) for side in ids]
    for left, right in zip(*sides, strict=True):
        if len(left) and len(right):
            row, column = linear_sum_assignment(threat[left].costs(neutral[right]))
            partner[left[row]] = right[column]
    return partner


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


def _coded(values: Sequence[Any]) -> NDArray[np.int64]:
    """A number for each value; equal texts have equal numbers."""
    codes: dict[str, int] = {}
    return np.array([codes.setdefault(str(value), len(codes)) for value in values], np.int64)


def _drawn(ids: Sequence[str], seed: int) -> NDArray[np.int64]:
    """Row numbers in an order that depends on `seed` and each row's id alone."""
    draw = [hashlib.sha256(f"{seed}:match:{one}".encode()).hexdigest() for one in ids]
    return np.array(sorted(range(len(ids)), key=draw.__getitem__), np.int64)
