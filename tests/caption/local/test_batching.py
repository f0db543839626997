from __future__ import annotations

import threading
import time

import pytest

from vsfa_data.caption.local.batching import Batch, Batches, Budget
from vsfa_data.errors import ran_out_of_memory


def run(costs: list[int], tokens: float, capacity: float = 1e9) -> list[Batch]:
    """Batches that came through a model which can hold so many tokens."""
    through: list[Batch] = []

    def model(batch: Batch) -> list[str]:
        if len(batch) * max(costs[at] for at in batch) > capacity:
            raise RuntimeError("CUDA out of memory. Tried to allocate 3.2 GiB")
        through.append(batch)
        return [f"reply {at}" for at in batch]

    batches = Batches(Budget(tokens), prepare=lambda batch: batch, run=model)
    found = dict(batches.over(costs))
    assert found == {at: f"reply {at}" for at in range(len(costs))}
    return through


def test_the_largest_go_first_and_padding_counts() -> None:
    assert run([1, 4, 2, 4, 1], tokens=8) == [[1, 3], [2, 0, 4]]


def test_one_always_fits() -> None:
    assert run([50, 60], tokens=8) == [[1], [0]]


def test_nothing_is_no_batch() -> None:
    assert run([], tokens=8) == []


def test_a_batch_that_does_not_fit_is_halved_and_later_ones_stay_small() -> None:
    assert run([1] * 10, tokens=8, capacity=3) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]


def test_smaller_pictures_still_go_in_larger_numbers_after_that() -> None:
    assert run([4, 4, 1, 1, 1, 1, 1], tokens=64, capacity=8) == [[0], [1], [2, 3, 4, 5], [6]]


def test_the_budget_remembers() -> None:
    budget = Budget(8)
    assert budget.shrink([0, 1, 2, 3, 4], [2, 1, 1, 1, 1])
    assert budget.tokens == 4
    assert not budget.shrink([0], [2])


def test_one_picture_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(MemoryError, match="Tried to allocate"):
        run([1, 1, 9], tokens=8, capacity=4)


def test_memory_may_run_out_while_a_batch_is_prepared_and_recover_is_called() -> None:
    calls: list[str] = []

    def prepare(batch: Batch) -> Batch:
        if len(batch) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 7 bytes")
        return batch

    batches = Batches(Budget(8), prepare, lambda batch: batch, lambda: calls.append("freed"))
    assert sorted(batches.over([1] * 5)) == [(at, at) for at in range(5)]
    assert calls == ["freed"]


def test_other_errors_pass() -> None:
    def fail(_batch: Batch) -> list[int]:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        dict(Batches(Budget(8), lambda batch: batch, fail).over([1, 1]))


def test_the_next_batch_is_prepared_while_one_runs() -> None:
    prepared = [threading.Event() for _ in range(3)]

    def prepare(batch: Batch) -> Batch:
        prepared[batch[0]].set()
        return batch

    def model(batch: Batch) -> Batch:
        # It would wait for ever if the next one were prepared only afterwards.
        assert batch[0] == 2 or prepared[batch[0] + 1].wait(timeout=10)
        time.sleep(0.01)
        return batch

    assert len(list(Batches(Budget(1), prepare, model).over([1, 1, 1]))) == 3


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling")],
)
def test_which_errors_mean_that_memory_ran_out(error: Exception) -> None:
    assert ran_out_of_memory(error)
    assert not ran_out_of_memory(RuntimeError("index out of range"))
