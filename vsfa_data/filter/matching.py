"""Matched controls: for each threat image the neutral image most like it in plain properties."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAX_BLOCK: Final = 2000
"""Images of one side that are assigned at once: the assignment is cubic in it."""

Table = Mapping[str, Sequence[Any]]


def features(table: Table) -> NDArray[np.float64]:
    """What images are matched on, float64[n, f]; squared distance is the cost of a match.

    `table` has the columns width, height, aspect, brightness, colourfulness, detail (numbers)
    and format, source, license (text or null). One standard deviation of a number costs as much
    as another format, source or licence.
    """
    width, height = (np.asarray(table[name], np.float64) for name in ("width", "height"))
    numbers = [np.log(width * height), np.log(np.asarray(table["aspect"], np.float64))]
    numbers += [
        np.asarray(table[name], np.float64) for name in ("brightness", "colourfulness", "detail")
    ]
    columns = [_standardised(values) for values in numbers]
    for name in ("format", "source", "license"):
        given = np.array([str(value) for value in table[name]])
        columns += [(given == value) * np.sqrt(0.5) for value in np.unique(given)]
    return np.stack(columns, axis=1)


def match(
    threat: NDArray[np.float64],
    neutral: NDArray[np.float64],
    ids: tuple[Sequence[str], Sequence[str]],
    seed: int,
) -> NDArray[np.int64]:
    """For each row of `threat` the row of `neutral` that is its control, or -1; int64[n].

    One to one, and as many pairs as the smaller side has rows. The sum of squared distances is
    least within blocks of at most MAX_BLOCK rows, which are drawn by `ids` (image_ids of the
    rows) and `seed`, so that the order of rows does not matter and time grows linearly.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    partner = np.full(len(threat), -1, np.int64)
    blocks = -(-max(len(threat), len(neutral), 1) // MAX_BLOCK)
    sides = [np.array_split(_drawn(side, seed), blocks) for side in ids]
    for left, right in zip(*sides, strict=True):
        if len(left) and len(right):
            cost = cdist(threat[left], neutral[right], "sqeuclidean")
            row, column = linear_sum_assignment(cost)
            partner[left[row]] = right[column]
    return partner


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


def _drawn(ids: Sequence[str], seed: int) -> NDArray[np.int64]:
    """Row numbers in an order that depends on `seed` and each row's id alone."""
    draw = [hashlib.sha256(f"{seed}:match:{one}".encode()).hexdigest() for one in ids]
    return np.array(sorted(range(len(ids)), key=draw.__getitem__), np.int64)
