from __future__ import annotations

import numpy as np
import pytest

from vsfa_data.filter.bands import BANDS, MAX_BITS, Bands


@pytest.mark.parametrize("bands", BANDS)
def test_any_two_that_are_close_agree_in_some_order(bands: int) -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 500, dtype=np.uint64)
    near = hashes.copy()
    for number in range(len(near)):
        for bit in rng.choice(64, MAX_BITS, replace=False):
            near[number] ^= np.uint64(1) << np.uint64(bit)
    met = np.zeros(500, bool)
    for order, key in Bands(np.concatenate([hashes, near])).orders(bands):
        assert np.array_equal(np.sort(order), np.arange(1000))
        assert np.all(key[1:] >= key[:-1])
        at = np.empty(1000, np.uint64)
        at[order] = key
        met |= at[:500] == at[500:]
    assert met.all()


def test_bits_that_tell_nothing_are_left_out() -> None:
    hashes = (np.arange(2**12, dtype=np.uint64) << np.uint64(30)) | np.uint64(5)
    for _, key in Bands(hashes).orders(6):
        assert len(np.unique(key)) == 2**4


def test_more_bands_where_that_is_worth_its_cost() -> None:
    bands = Bands(np.random.default_rng(1).integers(0, 2**64, 5_000, dtype=np.uint64))
    assert bands.cheapest(0.0) == BANDS[0]
    assert bands.cheapest(1e12) == BANDS[-1]
