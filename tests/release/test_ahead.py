import threading
from collections.abc import Iterator

import pytest

from vsfa_data.release.ahead import Ahead

ITEMS = 6


class Made:
    """Numbers, and how many of them have been made."""

    def __init__(self) -> None:
        self.count, self.changed = 0, threading.Condition()

    def __iter__(self) -> Iterator[int]:
        for number in range(ITEMS):
            with self.changed:
                self.count += 1
                self.changed.notify_all()
            yield number
        raise OSError(5, "Input/output error")

    def reached(self, count: int, within_s: float = 10) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.count >= count, within_s)


def test_items_are_made_from_the_start_up_to_a_weight() -> None:
    made = Made()
    with Ahead(iter(made), 20, lambda _: 10) as items:
        assert made.reached(2)
        # Two weigh 20: the third is made only when one has been taken.
        assert not made.reached(3, 0.05)
        taken = iter(items)
        assert next(taken) == 0
        assert made.reached(3)
        assert not made.reached(4, 0.05)
        assert [next(taken) for _ in range(ITEMS - 1)] == [1, 2, 3, 4, 5]
        with pytest.raises(OSError, match="Input/output"):
            next(taken)


def test_leaving_early_ends_the_thread() -> None:
    made, before = Made(), threading.active_count()
    with Ahead(iter(made), 1, lambda _: 10) as items:
        assert next(iter(items)) == 0
        assert made.reached(2)
    assert threading.active_count() == before
    assert made.count < ITEMS


def test_no_items() -> None:
    with Ahead(iter(()), 1, lambda _: 1) as items:
        assert list(items) == []
