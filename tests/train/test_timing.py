from __future__ import annotations

from typing import Any

import pytest

from tests.train.test_outline import NONE, WEIGHTS, settings, split
from vsfa_data.train import timing
from vsfa_data.train.outline import outline


def tried(size: int) -> timing.Tried:
    """On a machine where a token costs as much as the next."""
    return timing.Tried(size, 0.5 + 0.01 * size, 0.25 + 0.002 * size)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_takes_what_its_batches_take(processes: int) -> None:
    chosen = settings(max_steps=6, batch_size=2, accumulate=2, eval_every=4)
    train, validation = split([10, 30, 50, 70, 110, 150, 190]), split([40, 80])
    plan = outline(chosen, train, validation, WEIGHTS, processes)
    usual, longest = timing.usual_and_longest(plan.batches, train.lengths)
    sizes = (
        [timing.size(batch, train.lengths) for batch in plan.batches],
        [timing.size(batch, validation.lengths) for batch in plan.validation],
    )
    at = (tried(timing.size(usual, train.lengths)), tried(timing.size(longest, train.lengths)))
    assert at[0].size < at[1].size == max(sizes[0]) == 380
    found = timing.estimate(plan, sizes, at, each=2)
    learning = sum(tried(size).learning for size in sizes[0]) / processes
    looking = sum(tried(size).looking for size in sizes[1]) / processes
    assert found.seconds_per_step == pytest.approx(learning / 6)
    assert found.evaluations == pytest.approx(3 * looking)  # before, after step 4, at the end
    assert found.seconds == pytest.approx(learning + 3 * looking)
    assert found.slowest_step == pytest.approx(2 * tried(380).learning)


def test_noise_does_not_make_a_short_batch_free() -> None:
    plan = outline(settings(max_steps=1, batch_size=1), split([10]), NONE, WEIGHTS, 1)
    steep = (timing.Tried(100, 1.0, 0.5), timing.Tried(110, 9.0, 4.5))
    assert timing.estimate(plan, ([50], []), steep, each=1).seconds == pytest.approx(0.25)
    flat = (timing.Tried(100, 1.0, 0.5), timing.Tried(100, 1.2, 0.5))
    assert timing.estimate(plan, ([100], []), flat, each=1).seconds == pytest.approx(1.2)


def test_what_takes_long_is_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, calls = [0.0], list[float]()

    def call(seconds: float) -> Any:
        calls.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    assert timing.median_seconds(lambda: call(60.0)) == 60.0
    assert timing.median_seconds(lambda: call(1.0)) == 1.0
    assert calls == [60.0, 1.0, 1.0, 1.0]
