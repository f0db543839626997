from __future__ import annotations

import asyncio

import pytest

from vsfa_data.collect.fetch import hold
from vsfa_data.collect.fetch.hold import SMALL_BYTES, SPARE_BYTES, Hold, Pool


def test_a_silent_server_lends_its_place_until_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "PATIENCE_S", 0.02)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)

    async def run() -> None:
        pool = Pool(1, 1000)
        silent, other = Hold(pool), Hold(pool)
        await silent.start()
        await other.start()  # waits for the place of the silent one
        assert (pool.places.taken, pool.silent) == (1, 1)
        back = asyncio.create_task(silent.go_on())
        await asyncio.sleep(0)
        assert not back.done()
        other.release()
        await back
        assert (pool.places.taken, pool.silent) == (1, 0)
        silent.release()
        silent.release()
        assert (pool.places.taken, pool.silent) == (0, 0)

    asyncio.run(run())


def test_so_many_places_are_lent_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "PATIENCE_S", 0.0)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)

    async def run() -> None:
        pool = Pool(2, 1000)
        pool.max_silent = 3
        begun = 0

        async def ask() -> None:
            nonlocal begun
            await Hold(pool).start()
            begun += 1

        tasks = [asyncio.create_task(ask()) for _ in range(10)]
        await asyncio.sleep(0.2)
        assert (begun, pool.silent, pool.places.taken) == (5, 3, 2)
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_one_body_of_the_greatest_size_always_fits() -> None:
    async def run() -> None:
        max_bytes = 3 * SPARE_BYTES
        pool = Pool(64, max_bytes)
        for _ in range(64):
            await Hold(pool).reserve(SMALL_BYTES)
        largest = Hold(pool)
        await largest.reserve(SMALL_BYTES)
        await asyncio.wait_for(largest.reserve(max_bytes), 1.0)
        assert pool.memory.taken == 64 * SMALL_BYTES + max_bytes
        second = asyncio.create_task(Hold(pool).reserve(max_bytes))
        await asyncio.sleep(0)
        assert not second.done()
        largest.release()
        await second

    asyncio.run(run())


def test_a_reservation_never_shrinks() -> None:
    async def run() -> None:
        pool = Pool(1, 1000)
        held = Hold(pool)
        await held.reserve(900)
        await held.reserve(100)
        assert pool.memory.taken == 900
        held.release()
        assert pool.memory.taken == 0

    asyncio.run(run())
