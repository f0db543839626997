from __future__ import annotations

import asyncio

import pytest

from vsfa_data.collect.fetch import hold
from vsfa_data.collect.fetch.hold import SMALL_BYTES, SPARE_BYTES, Hold, Pool
from vsfa_data.collect.fetch.sockets import FIRST_PER_PLACE


def test_a_silent_server_lends_its_place_until_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "PATIENCE_S", 0.02)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)

    async def run() -> None:
        pool = Pool(1, 1000)
        silent, other, spoke = Hold(pool), Hold(pool), asyncio.Event()
        await silent.start()
        asked = asyncio.create_task(silent.reply(spoke.wait(), None))
        await other.start()  # waits for the place of the silent one
        assert (pool.places.taken, pool.silent) == (1, 1)
        spoke.set()
        assert await asked
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


def test_a_reply_in_time_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)

    async def run() -> None:
        pool = Pool(1, 1000)
        quick = Hold(pool)
        await quick.start()
        assert await quick.reply(asyncio.sleep(0.05, "said"), None) == "said"
        await asyncio.sleep(0.02)
        assert (pool.places.taken, pool.silent) == (1, 0)

    asyncio.run(run())


def test_a_reply_that_does_not_come_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "PATIENCE_S", 0.02)
    monkeypatch.setattr(hold, "SWEEP_S", 0.01)

    async def run() -> None:
        pool, now = Pool(1, 1000), asyncio.get_running_loop().time
        silent = Hold(pool)
        await silent.start()
        began = now()
        with pytest.raises(TimeoutError):
            await silent.reply(asyncio.sleep(60), began + 0.1)
        assert 0.1 <= now() - began < 0.5
        silent.release()
        assert (pool.places.taken, pool.silent) == (0, 0)
        await silent.start()
        stopped = asyncio.create_task(silent.reply(asyncio.sleep(60), now() + 60))
        await asyncio.sleep(0.05)
        stopped.cancel()  # by somebody else: that is no time-out
        with pytest.raises(asyncio.CancelledError):
            await stopped

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
            hold = Hold(pool)
            await hold.start()
            begun += 1
            await hold.reply(asyncio.sleep(60), None)

        tasks = [asyncio.create_task(ask()) for _ in range(10)]
        await asyncio.sleep(0.2)
        assert (begun, pool.silent, pool.places.taken) == (5, 3, 2)
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def test_a_host_that_has_not_answered_yet_gets_a_place_with_its_reply() -> None:
    async def run() -> None:
        pool = Pool(1, 1000)
        known, new = Hold(pool), [Hold(pool) for _ in range(FIRST_PER_PLACE)]
        for one in new:
            await one.start(is_first=True)
        await known.start()  # it need not wait
        late = asyncio.create_task(Hold(pool).start(is_first=True))
        back = asyncio.create_task(new[0].go_on())
        await asyncio.sleep(0)
        assert not back.done()
        assert not late.done()
        known.release()
        await back
        await late
        assert (pool.places.taken, pool.first.taken) == (1, FIRST_PER_PLACE)
        for one in new:
            one.release()
        assert (pool.places.taken, pool.first.taken) == (0, 1)

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


def test_one_that_is_silent_already_takes_no_turn_from_others() -> None:
    async def run() -> None:
        pool = Pool(1, 1000)
        first, second = Hold(pool), Hold(pool)
        await first.start(is_first=True, is_silent=True)
        assert (pool.first.taken, pool.silent) == (0, 1)
        await first.go_on()
        assert (pool.places.taken, pool.silent) == (1, 0)
        pool.max_silent = 0
        await second.start(is_first=True, is_silent=True)
        assert pool.first.taken == 1, "too many wait aside"

    asyncio.run(run())


def test_what_is_awaited_aside_is_not_the_servers_time() -> None:
    async def run() -> None:
        pool = Pool(1, 1000)
        hold = Hold(pool)
        await hold.start()

        async def work() -> None:
            assert (pool.places.taken, pool.silent) == (0, 1)
            await asyncio.sleep(0.1)

        await hold.aside(work())
        assert hold.waited_s == pytest.approx(0.1, abs=0.05)
        hold.release()
        assert (pool.places.taken, pool.silent) == (0, 0)

    asyncio.run(run())
