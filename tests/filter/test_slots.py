"""Memory shared with decoders."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from vsfa_data.filter.slots import Putting, Slots, put
from vsfa_data.processes.pool import process_pool

EXAMPLE = np.zeros((2, 3), np.uint8)


def arrays(first: int, count: int) -> list[Any]:
    return [np.full((2, 3), first + at, np.uint8) for at in range(count)]


def lent(count: int) -> Slots:
    made = Slots(count, 4)
    made.like(EXAMPLE)
    return made


def test_what_another_process_puts_is_seen_here() -> None:
    slots = lent(2)
    first, second = slots.lend(), slots.lend()
    assert first is not None
    assert second is not None
    with process_pool(1) as pool:
        assert pool.submit(put, second, [*arrays(1, 2), None, *arrays(9, 1)]).result()
    seen = slots.had(second)
    assert [int(seen[at][1, 2]) for at in (0, 1, 3)] == [1, 2, 9]
    assert not np.any(slots.had(first))


def test_a_slot_is_lent_again_once_nobody_holds_a_row() -> None:
    slots = lent(1)
    slot = slots.lend()
    assert slot is not None
    assert slots.lend() is None
    rows = slots.had(slot)
    kept = rows[3]
    del rows
    assert slots.lend() is None
    del kept
    assert slots.lend() == slot


@pytest.mark.parametrize(
    "given",
    [arrays(0, 5), [np.zeros((2, 4), np.uint8)], [np.zeros((2, 3), np.float32)]],
    ids=["too many", "another shape", "another type"],
)
def test_what_does_not_fit_is_not_put(given: list[Any]) -> None:
    slot = lent(1).lend()
    assert slot is not None
    assert not put(slot, given)


def test_memory_that_is_gone_takes_nothing() -> None:
    slots = lent(1)
    slot = slots.lend()
    del slots
    assert slot is not None
    assert not put(slot._replace(inode=slot.inode + 1), arrays(0, 1))


def test_without_anonymous_files_there_is_nothing_to_lend(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Slots(1, 4).lend() is None  # before an example is seen
    monkeypatch.delattr(os, "memfd_create")
    assert lent(1).lend() is None


def test_a_chunk_goes_into_its_slot_or_comes_back_as_it_is() -> None:
    def ready(item: int) -> tuple[Any, str]:
        return (arrays(item, 1)[0] if item else None), f"beside {item}"

    slots = lent(1)
    slot = slots.lend()
    assert slot is not None
    beside = ["beside 7", "beside 0"]
    assert Putting(ready)(([7, 0], slot)) == (list(zip([True, None], beside, strict=True)), True)
    assert int(slots.had(slot)[0][0, 0]) == 7
    (seen, _), (bad, _) = Putting(ready)(([7, 0], None))[0]
    assert (int(seen[0, 0]), bad) == (7, None)
