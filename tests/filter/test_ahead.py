"""Work done ahead of who needs it."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

from vsfa_data.filter.ahead import ahead_of, batched


def test_batches_are_full_but_for_the_last() -> None:
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([], 2)) == []


def test_who_stops_early_leaves_no_work_waiting() -> None:
    begun, may_go_on = list[int](), threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item:
            may_go_on.wait()
        return item

    with ThreadPoolExecutor(1) as pool:
        results = ahead_of(pool, work, itertools.count(), 4)
        assert next(results) == 0
        results.close()
        may_go_on.set()
    assert begun in ([0], [0, 1])
