"""Near-duplicates against the definition, worked out pair by pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vsfa_data.filter.clusters import MAX_BITS, near_duplicates


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
    clusters = near_duplicates(np.concatenate([hashes, near]))
    assert np.array_equal(clusters[:20_000], np.arange(20_000))
    assert np.array_equal(clusters[20_000:], np.arange(500))


def test_equal_hashes_by_the_thousand() -> None:
    assert set(found([0x8000000000000000] * 5_000)) == {0}
