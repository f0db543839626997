"""Items made ready ahead of a model."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vsfa_data.errors import SetupError
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.feeding import Feed
from vsfa_data.sections import Section


class Counting(Encoder):
    """A vector is what is prepared; notes how large the batches are."""

    Options = Section
    identity = "counting"
    batch_size = 4
    on_accelerator = False

    def __init__(self, *, on_accelerator: bool = False) -> None:
        super().__init__(None)
        self.on_accelerator = on_accelerator
        self.batches: list[int] = []

    def open(self) -> None:
        pass

    def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        self.batches.append(len(prepared))
        return np.array(prepared, np.float32)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError


def ready(item: int) -> tuple[Any, str]:
    """Every fifth item is bad."""
    return None if item % 5 == 4 else np.array([item]), f"beside {item}"


@pytest.mark.parametrize("on_accelerator", [False, True])
@pytest.mark.parametrize("count", [0, 1, 4, 103])
def test_results_come_in_order_with_bad_items_in_their_places(
    *, on_accelerator: bool, count: int
) -> None:
    encoder = Counting(on_accelerator=on_accelerator)
    with ThreadPoolExecutor(3) as pool:
        found = list(Feed(encoder, ready, pool, 3).run(range(count)))
    assert [beside for _, beside in found] == [f"beside {at}" for at in range(count)]
    expected = [None if at % 5 == 4 else float(at) for at in range(count)]
    assert [None if vector is None else vector[0] for vector, _ in found] == expected
    assert sum(encoder.batches) == sum(at is not None for at in expected)


def test_processes_and_threads_agree_also_where_memory_is_shared() -> None:
    encoder = Counting(on_accelerator=True)
    feeds = [Feed.of(encoder, ready, 2)]
    encoder.prepare_elsewhere = False
    feeds.append(Feed.of(encoder, ready, 2))
    both = [list(feed.run(range(1, 400))) for feed in feeds]
    for feed in feeds:
        feed.decoders.shutdown()
    assert [type(feed.decoders).__name__[:7] for feed in feeds] == ["Process", "ThreadP"]
    assert both[0] == both[1]
    assert [vector for vector, _ in both[0][:5]] == [1.0, 2.0, 3.0, None, 5.0]
    shared, none = (feed.slots for feed in feeds)
    assert shared is not None
    assert shared.lend() is not None
    assert none is None


def test_a_long_list_is_not_read_far_ahead() -> None:
    seen = []

    def endless() -> Iterator[int]:
        while True:
            seen.append(len(seen))
            yield seen[-1]

    with ThreadPoolExecutor(1) as pool:
        run = Feed(Counting(), ready, pool).run(endless())
        next(run)
        assert len(seen) <= 24
        run.close()


def test_the_next_items_are_made_ready_while_the_model_computes() -> None:
    first, later = threading.Event(), threading.Event()

    def noting(item: int) -> tuple[Any, int]:
        if item == 8:  # of the second chunk
            later.set()
        return np.array([item]), item

    class Slow(Counting):
        def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
            first.set()
            assert later.wait(10)
            return super().encode_prepared(prepared)

    with ThreadPoolExecutor(1) as pool:
        assert len(list(Feed(Slow(), noting, pool).run(range(16)))) == 16
    assert first.is_set()


def test_a_failure_in_a_decoder_is_not_swallowed() -> None:
    def failing(item: int) -> tuple[Any, int]:
        if item == 30:
            raise ZeroDivisionError
        return np.array([item]), item

    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        list(Feed(Counting(on_accelerator=True), failing, pool, 2).run(range(50)))


def test_threads_take_turns_quickly_beside_an_accelerator_and_as_before_afterwards() -> None:
    class Asking(Counting):
        def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
            seen.append(sys.getswitchinterval())
            return super().encode_prepared(prepared)

    seen: list[float] = []
    before = sys.getswitchinterval()
    with ThreadPoolExecutor(1) as pool:
        assert len(list(Feed(Asking(on_accelerator=True), ready, pool).run(range(9)))) == 9
    assert seen
    assert max(seen) < before / 10
    assert sys.getswitchinterval() == before


def test_an_encoder_that_loses_an_image_is_named() -> None:
    class Losing(Counting):
        def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
            return super().encode_prepared(prepared)[1:]

    with ThreadPoolExecutor(1) as pool, pytest.raises(SetupError, match="counting made 3 vectors"):
        list(Feed(Losing(), ready, pool).run(range(4)))
