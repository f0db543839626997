"""Matched controls: for each threat image the neutral image most like it in plain properties."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter import balance
from vsfa_data.filter.balance import AIM, Floats, Table

MAX_BLOCK: Final = 1000
"""Root of the number of pairs that are weighed at once: of as many images of either side, or of
few threats and many candidates, where whoever is nearest is to be found among all of them."""
ROUNDS: Final = 24
"""Assignments that are tried until the groups' means are alike, at most."""
_BLOCK_ROUNDS: Final = (4, 96)
"""Where there are many blocks: fewest rounds; assignments of blocks in all."""
STEP: Final = 2.0
"""How much a difference of means of 1 makes the next round prefer images that lessen it; later
rounds step less."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """What n images are matched on.

    `numbers` is float64[n, f], standardised; `kinds` is int64[n, k], of which only equality means
    something. The cost of a match is the squared distance of numbers and 1 for each kind that
    differs. `levels` is float64[n, l]: what the groups' means are compared in.
    """

    numbers: Floats
    kinds: Places
    levels: Floats

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: slice | Places) -> Features:
        return Features(self.numbers[rows], self.kinds[rows], self.levels[rows])

    def costs(self, other: Features) -> Floats:
        """Cost of a match of each of these images with each of `other`, float64[n, m]."""
        from scipy.spatial.distance import cdist

        cost: Floats = cdist(self.numbers, other.numbers, "sqeuclidean")
        for mine, others in zip(self.kinds.T, other.kinds.T, strict=True):
            cost += mine[:, None] != others
        return cost


@dataclass(frozen=True)
class Matched:
    """Who was matched with whom, and how alike the groups' means are.

    `partner` is int64[n]: for each threat its control, or -1; `before` and `after` are float64[l],
    standardised mean differences of all images and of the matched ones.
    """

    partner: Places
    before: Floats
    after: Floats


def features(table: Table) -> Features:
    """What images are matched on.

    `table` has the columns width, height, aspect, brightness, colourfulness, detail (numbers)
    and format, source, license, style (text or null). One standard deviation of a number costs as
    much as another format, source, class of licence or style.
    """
    plain = balance.numbers(table).values()
    coded = [_coded(values) for values in balance.kinds(table).values()]
    standard = np.stack([_standardised(values) for values in plain], axis=1)
    return Features(standard, np.stack(coded, axis=1), balance.levels(table).values)


def match(
    threat: Features,
    neutral: Features,
    ids: tuple[Sequence[str], Sequence[str]],
    seed: int,
    rounds: int = ROUNDS,
) -> Matched:
    """One to one, and as many pairs as the smaller side has rows.

    The sum of costs is least within blocks of at most MAX_BLOCK**2 pairs, which are drawn by `ids`
    (image_ids of the rows) and `seed`, so that the order of rows does not matter, time grows
    linearly, and memory is that of one block beside the features. Where the larger side leaves a
    choice and means still differ by AIM, images that lessen the difference are made cheaper and
    all is assigned again; of all rounds the one counts that leaves the fewest differences, then
    the smallest. (A step along the dual of "least cost, subject to equal means".)
    """
    none = np.full(len(threat), -1, np.int64)
    if not len(threat) or not len(neutral):
        nothing = np.zeros(threat.levels.shape[1])
        return Matched(none, nothing, nothing)
    by = balance.spread(threat.levels, neutral.levels)
    blocks = math.ceil(math.sqrt(len(threat) * len(neutral)) / MAX_BLOCK)
    sides = [np.array_split(_drawn(side, seed), blocks) for side in ids]
    pull, tried = np.zeros(len(by)), list[tuple[Places, Floats]]()
    least, most = _BLOCK_ROUNDS
    rounds = min(rounds, max(least, most // blocks)) if len(threat) != len(neutral) else 1
    for number in range(rounds):
        partner = _assigned(threat, neutral, sides, pull / by)
        chosen = partner >= 0
        left = balance.differences(threat.levels[chosen], neutral.levels[partner[chosen]], by)
        tried.append((partner, left))
        if np.abs(left).max(initial=0.0) < AIM:
            break
        pull += STEP / math.sqrt(number + 1) * left
    partner, left = min(tried, key=lambda found: _unlike(found[1]))
    return Matched(partner, balance.differences(threat.levels, neutral.levels, by), left)


def _unlike(left: Floats) -> tuple[int, float]:
    """How far the groups are from being alike: how many means differ, and by how much in all."""
    return int((np.abs(left) >= AIM).sum()), round(float(np.abs(left).sum()), 9)


def _assigned(
    threat: Features, neutral: Features, sides: Sequence[Sequence[Places]], pull: Floats
) -> Places:
    """For each threat the row of its control, or -1; `pull` float64[l] is the price of a level."""
    from scipy.optimize import linear_sum_assignment

    partner = np.full(len(threat), -1, np.int64)
    for left, right in zip(*sides, strict=True):
        if len(left) and len(right):
            cost = threat[left].costs(neutral[right])
            cost += (threat.levels[left] @ pull)[:, None] - neutral.levels[right] @ pull
            row, column = linear_sum_assignment(cost)
            partner[left[row]] = right[column]
    return partner


def _standardised(values: Floats) -> Floats:
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


def _coded(values: Sequence[Any]) -> Places:
    """A number for each value; equal texts have equal numbers."""
    codes: dict[str, int] = {}
    return np.array([codes.setdefault(str(value), len(codes)) for value in values], np.int64)


def _drawn(ids: Sequence[str], seed: int) -> Places:
    """Row numbers in an order that depends on `seed` and each row's id alone."""
    draw = [hashlib.sha256(f"{seed}:match:{one}".encode()).hexdigest() for one in ids]
    return np.array(sorted(range(len(ids)), key=draw.__getitem__), np.int64)
