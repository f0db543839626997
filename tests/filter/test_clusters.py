"""Near-duplicates against the definition, worked out pair by pair."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vsfa_data.filter import clusters
from vsfa_data.filter.bands import MAX_BITS
from vsfa_data.filter.clusters import near_duplicates


def slow(hashes: list[int]) -> list[int]:
    """First index of each one's cluster, by comparing everything with everything."""
    first = list(range(len(hashes)))
    changed = True
    while changed:
        changed = False
        for a, one in enumerate(hashes):
            for b, other in enumerate(hashes):
                if (one ^ other).bit_count() <= MAX_BITS and first[a] < first[b]:
                    first[b], changed = first[a], True
    return first


def found(hashes: list[int]) -> list[int]:
    return [int(at) for at in near_duplicates(np.array(hashes, np.uint64))]


def flipped(value: int, *bits: int) -> int:
    for bit in bits:
        value ^= 1 << bit
    return value


def test_four_bits_apart_is_near_five_is_not() -> None:
    base = 0x0123456789ABCDEF
    assert found([base, flipped(base, 0, 20, 40, 63), base ^ 0x1F]) == [0, 0, 2]


def test_wherever_the_four_bits_are() -> None:
    rng = np.random.default_rng(0)
    base = int(rng.integers(0, 2**64, dtype=np.uint64))
    for _ in range(300):
        bits = [int(bit) for bit in rng.choice(64, 4, replace=False)]
        assert found([base, flipped(base, *bits)]) == [0, 0]


def test_a_chain_is_one_cluster_named_by_its_first() -> None:
    far = 2**63 + 2**60 + 2**55 + 2**50 + 2**45
    assert found([0xFFF, 0, far, 0xFF, 0xF]) == [0, 0, 2, 0, 0]


def test_nothing_and_one() -> None:
    assert found([]) == []
    assert found([7]) == [0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 2**64 - 1, 0x5555555555555555]), st.lists(
    st.integers(0, 63), max_size=9)), max_size=12))  # fmt: skip
def test_any_hashes(drawn: list[tuple[int, list[int]]]) -> None:
    hashes = [flipped(base, *bits) for base, bits in drawn]
    assert found(hashes) == slow(hashes)


def test_many_random_hashes_and_planted_neighbours() -> None:
    rng = np.random.default_rng(1)
    hashes: NDArray[np.uint64] = rng.integers(0, 2**64, 20_000, dtype=np.uint64)
    near = hashes[:500] ^ (np.uint64(1) << rng.integers(0, 64, 500, dtype=np.uint64))
    found = near_duplicates(np.concatenate([hashes, near]))
    assert np.array_equal(found[:20_000], np.arange(20_000))
    assert np.array_equal(found[20_000:], np.arange(500))


def test_equal_hashes_by_the_thousand() -> None:
    assert set(found([0x8000000000000000] * 5_000)) == {0}


# More hashes than the quick way for few would compare, each set crowded in its own way.
CROWDS = {
    "all alike but for eleven bits": lambda rng: rng.permutation(2**11),
    "as many as there are with twelve": lambda _: np.arange(2**12) << 50,
    "round one centre": lambda rng: _around(rng, 3_000, 1, 8),
    "round ten centres": lambda rng: _around(rng, 3_000, 10, 12),
    "far apart in few bits": lambda rng: _code(rng, 3_000),
    "one bit after the other": lambda _: [
        ((1 << n) - 1) << s for n in range(60) for s in range(64 - n)
    ],
    "three clumps of one value each": lambda rng: rng.choice([0, 15, 2**60], 3_000),
}


def _around(rng: np.random.Generator, count: int, centres: int, flips: int) -> NDArray[np.uint64]:
    hashes = rng.integers(0, 2**64, centres, dtype=np.uint64)[rng.integers(0, centres, count)]
    for _ in range(flips):
        hashes ^= np.uint64(1) << rng.integers(0, 64, count, dtype=np.uint64)
    return hashes


def _code(rng: np.random.Generator, count: int) -> NDArray[np.uint64]:
    """Words of the BCH code (31, 21): no two of them are within four bits."""
    generator, message = 0b11101101001, rng.permutation(2**21)[:count].astype(np.uint64)
    words = np.zeros(count, np.uint64)
    for place in range(21):
        words ^= ((message >> np.uint64(place)) & np.uint64(1)) * np.uint64(generator << place)
    return words


def brute(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """First index of each one's cluster, by a matrix of all distances."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    close = np.bitwise_count(hashes[:, None] ^ hashes) <= MAX_BITS
    _, label = connected_components(csr_array(close), directed=False)
    return np.unique(label, return_index=True)[1][label]


@pytest.mark.parametrize("name", CROWDS)
@pytest.mark.parametrize("crowd", [100, 8192])
def test_crowds(name: str, crowd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Small bounds let every way of taking a crowd apart come into play.
    monkeypatch.setattr(clusters, "_CROWD", crowd)
    monkeypatch.setattr(clusters, "_FEW", 64)
    monkeypatch.setattr(clusters, "_MANY", 20)
    hashes = np.array(CROWDS[name](np.random.default_rng(2)), np.uint64)
    assert np.array_equal(near_duplicates(hashes), brute(hashes))


@pytest.mark.parametrize("bands", [6, 7, 8, 9, 10])
def test_any_number_of_bands(bands: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters.Bands, "cheapest", lambda *_: bands)
    monkeypatch.setattr(clusters, "_AHEAD", 1)
    hashes = _around(np.random.default_rng(3), 3_000, 3, 9)
    assert np.array_equal(near_duplicates(hashes), brute(hashes))


def test_a_crowd_takes_seconds_where_comparing_all_would_take_minutes() -> None:
    hashes = _code(np.random.default_rng(4), 100_000)
    began = time.process_time()
    assert np.array_equal(near_duplicates(hashes), np.arange(100_000))
    assert time.process_time() - began < 20.0
