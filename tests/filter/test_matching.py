"""Matched controls."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from vsfa_data.filter import balance, matching
from vsfa_data.filter.matching import Features, features, match

KINDS = ("format", "source", "license", "style")


def ids(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:05d}" for number in range(count)]


def table(count: int, **given: list[Any]) -> dict[str, list[Any]]:
    plain: dict[str, list[Any]] = {
        "width": [100] * count, "height": [100] * count, "aspect": [1.0] * count,
        "brightness": [0.5] * count, "colourfulness": [10.0] * count, "detail": [0.1] * count,
        "format": ["png"] * count, "source": ["folder"] * count, "license": [None] * count,
        "style": ["photo"] * count,
    }  # fmt: skip
    return {**plain, **given}


def plain(numbers: NDArray[np.float64]) -> Features:
    """Images that differ in numbers alone."""
    return Features(numbers, np.empty((len(numbers), 0), np.int64), numbers[:, :0])


def cost(threat: NDArray[np.float64], neutral: NDArray[np.float64], found: list[int]) -> float:
    return sum(float(((threat[a] - neutral[b]) ** 2).sum()) for a, b in enumerate(found))


def test_the_assignment_is_the_cheapest_there_is() -> None:
    rng = np.random.default_rng(0)
    threat, neutral = rng.normal(size=(5, 4)), rng.normal(size=(6, 4))
    found = match(plain(threat), plain(neutral), (ids("t", 5), ids("n", 6)), 0).partner.tolist()
    best = min(cost(threat, neutral, list(p)) for p in permutations(range(6), 5))
    assert cost(threat, neutral, found) == pytest.approx(best)


def test_few_threats_find_the_nearest_of_many_candidates() -> None:
    rng = np.random.default_rng(0)
    threat, neutral = rng.normal(size=(10, 4)), rng.normal(size=(4000, 4))
    sides = (plain(threat), plain(neutral))
    found = match(*sides, (ids("t", 10), ids("n", 4000)), 0, rounds=1).partner.tolist()
    costs = sides[0].costs(sides[1])
    assert cost(threat, neutral, found) == pytest.approx(costs[linear_sum_assignment(costs)].sum())


def test_with_fewer_neutral_images_the_best_served_threats_are_matched() -> None:
    threat, neutral = np.array([[0.0], [5.0], [9.0]]), np.array([[9.1], [0.2]])
    found = match(plain(threat), plain(neutral), (ids("t", 3), ids("n", 2)), 0)
    assert found.partner.tolist() == [1, -1, 0]


def test_nobody_to_match_with() -> None:
    some, none = plain(np.zeros((2, 3))), plain(np.empty((0, 3)))
    assert match(some, none, (ids("t", 2), []), 0).partner.tolist() == [-1, -1]
    assert match(none, some, ([], ids("n", 2)), 0).partner.tolist() == []


@pytest.mark.parametrize(("threats", "neutrals"), [(25, 31), (31, 25), (30, 30), (3, 100)])
def test_blocks_match_as_many_as_there_are(
    monkeypatch: pytest.MonkeyPatch, threats: int, neutrals: int
) -> None:
    monkeypatch.setattr(matching, "MAX_BLOCK", 7)
    rng = np.random.default_rng(0)
    sides = (plain(rng.normal(size=(threats, 2))), plain(rng.normal(size=(neutrals, 2))))
    found = match(*sides, (ids("t", threats), ids("n", neutrals)), 3).partner
    used = found[found >= 0].tolist()
    assert len(used) == len(set(used)) == min(threats, neutrals)


def test_the_order_of_rows_does_not_matter_and_the_seed_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "MAX_BLOCK", 6)
    rng = np.random.default_rng(0)
    threat, neutral = rng.normal(size=(20, 2)), rng.normal(size=(24, 2))
    left, right = ids("t", 20), ids("n", 24)

    def pairs(seed: int, order: NDArray[np.int64]) -> set[tuple[str, str]]:
        names = [right[at] for at in order]
        found = match(plain(threat), plain(neutral[order]), (left, names), seed).partner
        return {(left[a], names[b]) for a, b in enumerate(found.tolist())}

    unmoved = pairs(1, np.arange(24))
    assert pairs(1, rng.permutation(24)) == unmoved
    assert pairs(2, np.arange(24)) != unmoved


def test_features_are_standardised() -> None:
    found = features(table(4, brightness=[0.1, 0.2, 0.3, 0.4], width=[10, 100, 10, 100])).numbers
    varying = found[:, found.std(0) > 0]
    np.testing.assert_allclose(varying.mean(0), 0.0, atol=1e-12)
    np.testing.assert_allclose(varying.std(0), 1.0)
    assert varying.shape == (4, 2)


@pytest.mark.parametrize("name", KINDS)
def test_another_kind_costs_as_much_as_one_standard_deviation(name: str) -> None:
    found = features(table(3, **{name: ["MIT", None, "MIT"]}))
    assert found.costs(found).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]


def test_costs_are_those_of_one_column_for_each_kind() -> None:
    rng = np.random.default_rng(0)
    texts = {name: rng.choice(["CC0-1.0", "MIT", "GPL-3.0"], 12).tolist() for name in KINDS}
    found = features(table(12, brightness=rng.random(12).tolist(), **texts))
    spread = [
        (np.array(values) == value) * np.sqrt(0.5)
        for values in texts.values()
        for value in ("CC0-1.0", "MIT", "GPL-3.0")
    ]
    wide = np.concatenate([found.numbers, np.stack(spread, axis=1)], axis=1)
    expected = ((wide[:7, None] - wide[None, 7:]) ** 2).sum(2)
    np.testing.assert_allclose(found[:7].costs(found[7:]), expected, atol=1e-12)


def test_a_kind_steers_the_assignment() -> None:
    given = features(table(4, license=["MIT", "GPL-3.0", "GPL-3.0", "BSD-3-Clause"]))
    assert match(given[:2], given[2:], (ids("t", 2), ids("n", 2)), 0).partner.tolist() == [1, 0]


def test_distinct_sources_take_no_more_memory_than_equal_ones() -> None:
    count = 20_000
    found = features(table(count, source=[f"source {number}" for number in range(count)]))
    assert found.numbers.shape == (count, 5)
    assert found.kinds.shape == (count, 4)
    assert len(np.unique(found.kinds[:, 0])) == count
    assert found.levels.shape == (count, 5 + balance.MAX_LEVELS + 1)


def test_elongated_either_way_is_equally_far_from_square() -> None:
    found = features(table(3, aspect=[0.5, 1.0, 2.0])).numbers
    distance = ((found - found[1]) ** 2).sum(1)
    assert distance[0] == pytest.approx(distance[2])


def test_means_become_alike_where_the_candidates_allow_it() -> None:
    """Nearest partners alone leave the bright threats with darker controls, pair by pair."""
    rng = np.random.default_rng(0)
    given = table(
        500,
        brightness=[*rng.normal(0.6, 0.1, 100), *rng.normal(0.5, 0.15, 400)],
        style=[*rng.choice(["photo", "drawing"], 100, p=[0.3, 0.7]),
               *rng.choice(["photo", "drawing"], 400, p=[0.7, 0.3])],
    )  # fmt: skip
    both, names = features(given), (ids("t", 100), ids("n", 400))
    nearest = match(both[:100], both[100:], names, 0, rounds=1)
    found = match(both[:100], both[100:], names, 0)
    assert balance.levels(given).names[2] == "brightness"
    assert found.before[2] > 0.7
    assert np.abs(nearest.after).max() > balance.AIM
    assert np.abs(found.after).max() < balance.AIM
    assert len(set(found.partner.tolist())) == 100


def test_what_cannot_be_alike_is_left_as_near_as_it_gets() -> None:
    given = features(table(8, brightness=[0.9, 0.8, 0.1, 0.2, 0.3, 0.2, 0.1, 0.1]))
    found = match(given[:2], given[2:], (ids("t", 2), ids("n", 6)), 0)
    assert sorted(found.partner.tolist()) in ([1, 2], [2, 3])
    assert found.after[2] > 1.0
