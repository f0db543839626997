from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsfa_data.release.stratify import Group, stratified

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
GROUPS = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), max_size=60)


@given(GROUPS)
def test_the_whole_is_within_a_group_of_its_shares(drawn: list[tuple[str, float]]) -> None:
    groups = [Group(stratum, at, f"g{n}", 1) for n, (stratum, at) in enumerate(drawn)]
    held = Counter(stratified(groups, SHARES, {}).values())
    for split, share in SHARES.items():
        assert abs(held[split] - share * len(groups)) <= 1.0 + 1e-9


def test_order_of_input_does_not_matter_and_pins_hold() -> None:
    groups = [Group("ab"[n % 2], n / 50, f"g{n}", 2) for n in range(50)]
    found = stratified(groups, SHARES, {})
    assert stratified(reversed(groups), SHARES, {}) == found
    pinned = dict.fromkeys((f"g{n}" for n in range(10)), "test")
    after = stratified(groups, SHARES, pinned)
    assert {name: after[name] for name in pinned} == pinned
    # There is enough in `test` already: nothing more goes there.
    assert Counter(after.values())["test"] == 10


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_share_of_nothing_gets_nothing(split: str) -> None:
    shares = dict.fromkeys(SHARES, 0.0) | {split: 1.0}
    groups = [Group("a", 0.5, f"g{n}", 1) for n in range(9)]
    assert set(stratified(groups, shares, {}).values()) == {split}
