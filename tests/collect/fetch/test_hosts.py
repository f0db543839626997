from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from vsfa_data.collect.fetch import hosts
from vsfa_data.collect.fetch.failures import Failure
from vsfa_data.collect.fetch.hold import Hold, Pool
from vsfa_data.collect.fetch.hosts import (
    GIVE_UP_KNOWN,
    GIVE_UP_KNOWN_S,
    GIVE_UP_NEW,
    GIVEN_UP_S,
    Host,
    Hosts,
)
from vsfa_data.collect.fetch.silence import LEAST_PATIENCE, Patience


def is_given_up(host: Host, now: float) -> bool:
    try:
        host.check(now, 1e9)
    except Failure as failure:
        return failure.reason == "host_given_up"
    return False


def test_a_host_that_never_answered_is_given_up_soon() -> None:
    host = Host(per_host=8)
    for _ in range(GIVE_UP_NEW):
        assert not is_given_up(host, 100.0)
        host.failed(100.0)
    assert is_given_up(host, 100.0)
    assert is_given_up(host, 99.9 + GIVEN_UP_S)
    assert not is_given_up(host, 100.0 + GIVEN_UP_S)


def test_silence_counts_from_the_first_question_until_it_answers() -> None:
    host = Host(per_host=8)
    assert host.patience_s(10.0, 99.0) == 10.0
    host.connected(100.0)
    host.connected(101.0)
    assert host.patience_s(10.0, 103.0) == 7.0
    assert host.patience_s(10.0, 106.0) == pytest.approx(10.0 * LEAST_PATIENCE)
    host.has_replied = True
    assert host.patience_s(10.0, 106.0) == 10.0


def test_why_a_host_is_given_up_is_the_last_reason() -> None:
    host = Host(per_host=8)

    async def be_silent() -> None:
        question = Hold(Pool(1, 1000))
        waiting = asyncio.create_task(question.reply(asyncio.Event().wait(), None))
        await asyncio.sleep(0)
        host.silence.asked(question, 100.0, is_known=True)
        host.connected(100.0)
        host.end_silence(Patience(connect_s=1.0, reply_s=2.0), 103.0)
        await asyncio.wait([waiting])

    asyncio.run(be_silent())
    with pytest.raises(Failure, match="silent for 2 s, given up early"):
        host.check(103.0, 1e9)
    for _ in range(GIVE_UP_NEW):  # what was under way fails, too
        host.failed(103.0)
    with pytest.raises(Failure, match="silent for 2 s, given up early"):
        host.check(103.0, 1e9)
    again = 104.0 + GIVEN_UP_S
    for _ in range(GIVE_UP_NEW):
        host.check(again, 1e9)
        host.failed(again)
    assert is_given_up(host, again)


def test_a_host_that_answered_once_has_more_credit() -> None:
    host = Host(per_host=8)
    host.answered(90.0)
    for _ in range(8 * GIVE_UP_KNOWN - 1):
        host.failed(100.0)
    assert not is_given_up(host, 100.0)
    host.failed(100.0)
    assert is_given_up(host, 100.0)


def test_a_host_that_answered_just_now_has_time_as_well() -> None:
    host = Host(per_host=8)
    host.answered(100.0)
    for _ in range(1000):
        host.failed(99.9 + GIVE_UP_KNOWN_S)
    assert not is_given_up(host, 99.9 + GIVE_UP_KNOWN_S)
    host.failed(100.0 + GIVE_UP_KNOWN_S)
    assert is_given_up(host, 100.0 + GIVE_UP_KNOWN_S)


def test_an_answer_between_failures_clears_the_host() -> None:
    host = Host(per_host=1)
    for _ in range(100):
        for _ in range(GIVE_UP_KNOWN - 1):
            host.failed(1000.0)
        host.answered(0.0)
    assert not is_given_up(host, 1000.0)


def test_a_host_gets_more_requests_once_it_has_proved_itself() -> None:
    host = Host(per_host=8)
    assert host.turns.limit == GIVE_UP_NEW
    host.answered(0.0)
    assert host.turns.limit == 8
    assert Host(per_host=2).turns.limit == 2


def test_a_new_host_that_failed_gets_one_request_at_a_time() -> None:
    host = Host(per_host=8)
    host.failed(0.0)
    assert host.turns.limit == 1
    host.answered(0.0)
    assert host.turns.limit == 8
    host.failed(0.0)
    assert host.turns.limit == 8


def test_a_busy_host_gets_one_request_at_a_time_and_then_slowly_more() -> None:
    host = Host(per_host=3)
    host.answered(0.0)
    host.slow_down(100.0, 5.0)
    assert host.turns.limit == 1
    assert host.check(101.0, 60.0) == 4.0
    assert host.check(105.0, 60.0) == 0.0
    limits = []
    for _ in range(3):
        host.answered(0.0)
        limits.append(host.turns.limit)
    assert limits == [2, 3, 3]


def test_a_pause_is_never_shortened_and_has_a_default() -> None:
    host = Host(per_host=3)
    host.slow_down(100.0, 5.0)
    host.slow_down(100.0, 2.0)
    assert host.check(100.0, 60.0) == 5.0
    other = Host(per_host=3)
    other.slow_down(100.0, None)
    assert other.check(100.0, 60.0) == hosts.BUSY_S


def test_a_pause_longer_than_the_time_left_is_a_reject() -> None:
    host = Host(per_host=3)
    host.slow_down(100.0, 3600.0)
    with pytest.raises(Failure, match="rate_limited"):
        host.check(100.0, 120.0)


def test_hosts_are_told_apart_by_name_and_port() -> None:
    known = Hosts(per_host=3)
    first = known.of(URL("http://example.com/a"))
    assert known.of(URL("http://example.com:80/b")) is first
    assert known.of(URL("http://example.com:8080/a")) is not first
    assert known.of(URL("https://example.com/a")) is not first
    assert known.of(URL("http://www.example.com/a")) is not first


def test_only_so_many_hosts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "MAX_HOSTS", 2)
    known = Hosts(per_host=3)
    idle, busy = known.of(URL("http://a.com")), known.of(URL("http://b.com"))
    busy.turns.taken = 1
    known.of(URL("http://c.com"))
    assert known.of(URL("http://b.com")) is busy
    assert known.of(URL("http://a.com")) is not idle


def test_a_host_is_mute_until_it_answers() -> None:
    host = Host(per_host=3)
    assert host.is_mute, "what never answered is asked nothing twice"
    host.has_replied = True  # about itself, so far
    seen = []
    for _ in range(hosts.MUTE):
        seen.append(host.is_mute)
        host.failed(0.0)
    assert (seen, host.is_mute) == ([False] * hosts.MUTE, True)
    host.answered(1.0)
    for _ in range(hosts.MUTE):
        host.failed(2.0)
    assert not host.is_mute
