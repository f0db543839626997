from __future__ import annotations

import asyncio

from vsfa_data.collect.fetch.turns import Turns


def test_those_who_wait_are_served_in_order() -> None:
    async def run() -> list[str]:
        turns, served = Turns(1), []

        async def one(name: str, *, first: bool = False) -> None:
            await turns.take(first=first)
            served.append(name)

        await turns.take()
        tasks = [asyncio.create_task(one(name)) for name in "abc"]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(one("urgent", first=True)))
        await asyncio.sleep(0)
        assert turns.waiting == 4
        for _ in tasks:
            turns.give()
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        assert (turns.taken, turns.waiting) == (1, 0)
        return served

    assert asyncio.run(run()) == ["urgent", "a", "b", "c"]


def test_a_large_request_is_not_overtaken() -> None:
    async def run() -> None:
        turns = Turns(10)
        await turns.take(6)
        large = asyncio.create_task(turns.take(8))
        await asyncio.sleep(0)
        small = asyncio.create_task(turns.take(1))
        await asyncio.sleep(0)
        assert (turns.taken, turns.waiting) == (6, 2)
        turns.give(6)
        await asyncio.gather(large, small)
        assert turns.taken == 9

    asyncio.run(run())


def test_more_than_the_limit_is_served_alone() -> None:
    async def run() -> None:
        turns = Turns(10)
        await turns.take(25)
        assert turns.taken == 25

    asyncio.run(run())


def test_who_gives_up_waiting_holds_nobody_up() -> None:
    async def run() -> None:
        turns = Turns(10)
        await turns.take(6)
        large = asyncio.create_task(turns.take(8))
        await asyncio.sleep(0)
        small = asyncio.create_task(turns.take(4))
        await asyncio.sleep(0)
        large.cancel()
        await asyncio.wait([large, small])
        assert (turns.taken, turns.waiting) == (10, 0)

    asyncio.run(run())


def test_a_turn_that_came_too_late_is_handed_on() -> None:
    async def run() -> None:
        turns = Turns(1)
        await turns.take()
        late, next_one = asyncio.create_task(turns.take()), asyncio.create_task(turns.take())
        await asyncio.sleep(0)
        turns.give()  # `late` has its turn, but is cancelled before it runs
        late.cancel()
        await asyncio.wait([late, next_one])
        assert late.cancelled()
        assert turns.taken == 1
        turns.give()
        assert turns.taken == 0

    asyncio.run(run())


def test_a_raised_limit_lets_more_in() -> None:
    async def run() -> None:
        turns = Turns(1)
        await turns.take()
        tasks = [asyncio.create_task(turns.take()) for _ in range(3)]
        await asyncio.sleep(0)
        turns.limit = 3
        turns.wake()
        await asyncio.sleep(0)
        assert (turns.taken, turns.waiting) == (3, 1)
        tasks[-1].cancel()

    asyncio.run(run())
