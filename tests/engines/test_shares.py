from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from vsfa_data.engines.shares import GROUP_SHARDS, Shares
from vsfa_data.stages import Shard


def counted(total: int | None) -> Iterator[Shard]:
    return (Shard(at) for at in (itertools.count() if total is None else range(total)))


def sizes(total: int, takers: int, size: int) -> list[int]:
    """Of the groups that `total` shards come in; all come, in order."""
    shares = Shares(counted(total), takers)
    groups = list(iter(lambda: shares.take(size), []))
    assert [shard.index for group in groups for shard in group] == list(range(total))
    return [len(group) for group in groups]


def test_one_process_gets_groups_as_large_as_it_asks_for() -> None:
    assert sizes(100, takers=1, size=40) == [40, 40, 20]
    assert sizes(100, takers=1, size=1000) == [GROUP_SHARDS, 36]


@pytest.mark.parametrize("takers", [2, 8])
def test_several_end_with_small_groups(takers: int) -> None:
    found = sizes(400, takers, size=50)
    assert found == sorted(found, reverse=True)
    assert found[0] > 20
    assert found[-takers:] == [1] * takers
    # Whoever is free takes the next group: then nobody works much longer than the others.
    busy = [0] * takers
    for group in found:
        busy[busy.index(min(busy))] += group
    assert max(busy) - min(busy) <= 1


def test_no_more_is_drawn_ahead_than_groups_may_hold() -> None:
    left = counted(None)
    assert len(Shares(left, 2).take(5)) == 5
    assert next(left).index == 4 * GROUP_SHARDS


def test_one_process_draws_nothing_ahead() -> None:
    left = counted(None)
    Shares(left, 1).take(5)
    assert next(left).index == 5
