import threading
from collections.abc import Callable

import pytest

from vsfa_data.release.background import MAX_DUE, Background


def failing() -> None:
    raise OSError(28, "No space left on device")


def test_jobs_are_done_in_order_and_a_bounded_number_waits() -> None:
    background, go, done = Background(), threading.Event(), list[int]()

    def job(number: int) -> Callable[[], None]:
        return lambda: (go.wait(), done.append(number))[1]

    for number in range(MAX_DUE - 1):
        background.do(job(number))
    # Nobody waits for what must be given at once, nor for what another lane has to do.
    background.do(job(MAX_DUE - 1), at_once=True)
    background.do(lambda: None, lane=1)
    assert done == []
    more = threading.Thread(target=lambda: background.do(job(MAX_DUE)))
    more.start()
    more.join(0.05)
    assert more.is_alive()
    go.set()
    more.join()
    background.finish()
    background.stop()
    assert done == [0, 1, 2]


def test_what_a_job_raises_is_raised_and_no_other_is_begun() -> None:
    background, go, done = Background(), threading.Event(), list[int]()
    background.do(lambda: (go.wait(), failing())[1])
    background.do(lambda: done.append(1))
    go.set()
    with pytest.raises(OSError, match="No space left"):
        background.finish()
    with pytest.raises(RuntimeError):
        background.do(lambda: done.append(2))


def test_lanes_do_not_wait_for_one_another_and_the_least_given_is_next() -> None:
    background, go = Background(), threading.Event()
    assert background.lane() == 0
    background.do(lambda: (go.wait(10), None)[1], background.lane(), 5)
    assert background.lane() == 1
    # Would never be done behind the first.
    background.do(go.set, background.lane(), 3)
    assert go.wait(10)
    assert background.lane() == 1
    background.finish()
    background.stop()


def test_stopping_waits_for_the_job_being_done_and_forgets_the_rest() -> None:
    background, begun, done = Background(), threading.Event(), list[int]()
    go = threading.Event()
    background.do(lambda: (begun.set(), go.wait(), done.append(1))[2])
    background.do(lambda: done.append(2))
    begun.wait()
    threading.Timer(0.01, go.set).start()
    background.stop()
    assert done == [1]
