from __future__ import annotations

import asyncio

import pytest

from vsfa_data.collect.fetch.failures import Failure, Got
from vsfa_data.collect.fetch.hold import Hold, Pool
from vsfa_data.collect.fetch.silence import LEAST_PATIENCE, Patience, Silence

PATIENCE = Patience(connect_s=1.0, reply_s=2.0)


def test_a_name_that_is_being_looked_up_is_no_silence() -> None:
    silence, question = Silence(), Hold(Pool(1, 1000))
    silence.asked(question, 100.0, is_known=False)
    assert not silence.lasts
    assert silence.end(PATIENCE, 200.0) is None
    silence.knocked(200.0)
    assert silence.lasts
    assert silence.end(PATIENCE, 200.9) is None
    silence.over(question)
    assert not silence.lasts


@pytest.mark.parametrize("is_connected", [True, False])
def test_each_question_has_most_of_the_patience_and_the_first_has_all(
    *, is_connected: bool
) -> None:
    async def run() -> None:
        pool, silence, forever = Pool(2, 1000), Silence(), asyncio.Event()
        first, second = Hold(pool), Hold(pool)
        waiting = [asyncio.create_task(one.reply(forever.wait(), None)) for one in (first, second)]
        await asyncio.sleep(0)
        silence.asked(first, 100.0, is_known=True)
        if is_connected:
            silence.sent(100.0)
        limit_s = PATIENCE.reply_s if is_connected else PATIENCE.connect_s
        silence.asked(second, 100.0 + 0.9 * limit_s, is_known=True)
        assert silence.end(PATIENCE, 100.0 + 1.1 * limit_s) is None
        ended = silence.end(PATIENCE, 100.1 + (0.9 + LEAST_PATIENCE) * limit_s)
        assert ended is not None
        assert ended.got is Got.NOWHERE
        for failure in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(failure, Failure)
            assert (failure.reason, failure.detail) == ("timeout", ended.detail)
        begin = "silent for 2 s" if is_connected else "no connection within 1 s"
        assert (ended.detail or "").startswith(begin)

    asyncio.run(run())
