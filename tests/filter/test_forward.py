"""Batches of one size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from vsfa_data.errors import SetupError
from vsfa_data.filter.forward import Forward


def rows(count: int) -> list[Any]:
    return [np.array([1 + at, 0, 2], np.uint8) for at in range(count)]


def test_every_batch_has_the_same_shape_and_rows_become_unit_vectors() -> None:
    shapes = []

    def model(batch: Any) -> Any:
        shapes.append(tuple(batch.shape))
        return batch.float()

    found = Forward(model, "cpu", "a test", size=4)(rows(6))
    assert shapes == [(4, 3), (4, 3)]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[5], np.array([6, 0, 2]) / np.sqrt(40), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert len(Forward(model, "cpu", "a test")([])) == 0


def test_rows_of_another_shape_or_type_may_follow() -> None:
    forward = Forward(lambda batch: batch.float(), "cpu", "a test", size=2)
    forward(rows(1))
    assert forward([np.array([3.0, 4.0], np.float32)]).tolist() == [
        [0.6000000238418579, 0.800000011920929]
    ]


class Small:
    """A device on which only a few rows fit."""

    def __init__(self, fits: int, error: RuntimeError | None = None) -> None:
        self.fits, self.asked = fits, list[int]()
        self.error = error or torch.OutOfMemoryError()

    def __call__(self, batch: Any) -> Any:
        self.asked.append(len(batch))
        if len(batch) > self.fits:
            raise self.error
        return batch.float()


def test_the_size_is_halved_until_a_batch_fits() -> None:
    model = Small(3)
    forward = Forward(model, "cpu", "a test", size=16)
    expected = Forward(Small(16), "cpu", "a test", size=16)(rows(5))
    assert np.array_equal(forward(rows(5)), expected)
    assert model.asked == [16, 8, 4, 2, 2, 2]
    assert forward.size == 2


def test_a_library_without_memory_counts_too_and_other_errors_come_through() -> None:
    said = "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
    forward = Forward(Small(2, RuntimeError(said)), "cpu", "a test", size=4)
    assert len(forward(rows(3))) == 3
    assert forward.size == 2
    with pytest.raises(RuntimeError, match="no kernel image"):
        Forward(Small(0, RuntimeError("CUDA error: no kernel image")), "cpu", "a test")(rows(1))


def test_not_even_one_row_fits() -> None:
    with pytest.raises(SetupError, match=r"^a test: not even one image at a time fits"):
        Forward(Small(0), "cpu", "a test", size=2)(rows(1))


def test_what_is_no_number_is_refused() -> None:
    forward = Forward(lambda batch: batch.float() * float("nan"), "cpu", "a test")
    with pytest.raises(SetupError, match=r"^a test: 3 of 3 vectors are not finite numbers"):
        forward(rows(3))
