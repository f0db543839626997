from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from vsfa_data.train.plan import in_order, plan, steps_for


@given(
    rows=st.integers(1, 60),
    size=st.integers(1, 5),
    per_step=st.integers(1, 4),
    steps=st.integers(1, 40),
    seed=st.integers(0, 9),
)
def test_batches_are_full_and_every_conversation_gets_its_share(
    rows: int, size: int, per_step: int, steps: int, seed: int
) -> None:
    lengths = [7 * index % 11 for index in range(rows)]
    batches = plan(lengths, size, per_step, steps, seed)
    assert len(batches) == steps * per_step
    assert {len(batch) for batch in batches} == {size}
    assert batches == plan(lengths, size, per_step, steps, seed)
    seen = Counter(index for batch in batches for index in batch)
    counts = [seen[index] for index in range(rows)]
    assert max(counts) - min(counts) <= 1


def test_another_seed_is_another_order() -> None:
    lengths = list(range(40))
    assert plan(lengths, 2, 2, 10, 0) != plan(lengths, 2, 2, 10, 1)


def test_conversations_of_like_length_share_a_step() -> None:
    lengths = [10, 1000] * 32
    for batch in plan(lengths, 4, 2, 8, 0):
        assert len({lengths[index] for index in batch}) == 1


def test_short_and_long_steps_are_mixed() -> None:
    lengths = list(range(256))
    means = [sum(batch) / len(batch) for batch in plan(lengths, 8, 1, 32, 0)]
    assert means != sorted(means)


def test_evaluation_takes_each_once_and_the_longest_first() -> None:
    assert in_order([5, 9, 7], 2) == [[1, 2], [0]]
    assert in_order([], 2) == []


def test_epochs_become_steps() -> None:
    assert steps_for(1.0, 10, 4) == 3
    assert steps_for(2.0, 10, 4) == 5
    assert steps_for(0.01, 10, 4) == 1
