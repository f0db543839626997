"""When it is said that a server is waited for, and for how long it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vsfa_data.caption.server.waiting import EACH_S, FIRST_S, SILENT_S, Waiting
from vsfa_data.processes import notices


@pytest.fixture
def told() -> Iterator[list[str]]:
    said: list[str] = []
    with notices.listening(said.append):
        yield said


def test_said_soon_of_a_server_that_refuses_then_at_a_bounded_rate(told: list[str]) -> None:
    waits = Waiting("http://h/v1", 600.0)
    waits.begin(100.0)
    waits.failed(100.5, "429: busy")
    now, times = 100.5, []
    while now < 100.0 + 600.0:
        before = len(told)
        now += waits.next_s(now)
        times += [now] * (len(told) > before)
    assert len(told) == 1 + (600 - FIRST_S) // EACH_S
    assert told[0] == (
        "waiting for http://h/v1: no reply for 10 s. It says 429: busy. Gives up after 600 s of "
        "failures (caption.patience_s)"
    )
    assert "no reply for 70 s" in told[1]


def test_a_reply_ends_it(told: list[str]) -> None:
    waits = Waiting("http://h/v1", 600.0)
    waits.begin(0.0)
    assert waits.next_s(1.0) == SILENT_S - 1.0
    waits.failed(2.0, "429: busy")
    assert waits.next_s(3.0) == FIRST_S - 3.0
    waits.replied(5.0)
    assert told == []
    waits.failed(6.0, "429: busy")
    waits.next_s(5.0 + FIRST_S)
    waits.replied(16.0)
    waits.replied(17.0)
    assert [bool(text) for text in told] == [True, False]


def test_a_silent_server_is_told_too(told: list[str]) -> None:
    waits = Waiting("http://h/v1", 600.0)
    assert waits.next_s(5.0) == EACH_S
    waits.begin(0.0)
    waits.next_s(SILENT_S)
    assert told[0].startswith("waiting for http://h/v1: no reply for 60 s. Gives up after")


def test_patience_is_measured_from_the_first_failure_after_the_last_reply() -> None:
    waits = Waiting("http://h/v1", 60.0)
    waits.begin(0.0)
    assert waits.left_s(1000.0) == 60.0
    waits.failed(1000.0, "500: no")
    waits.failed(1010.0, "500: no")
    assert waits.left_s(1010.0) == 50.0
    waits.replied(1020.0)
    assert waits.left_s(1030.0) == 50.0
