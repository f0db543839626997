"""Notices reach whoever listens last; nobody need listen."""

from __future__ import annotations

from vsfa_data.processes import notices


def test_the_last_listener_hears_and_the_one_before_again_after_it() -> None:
    outer: list[str] = []
    inner: list[str] = []
    notices.tell("nobody")
    with notices.listening(outer.append):
        with notices.listening(inner.append):
            notices.tell("a" * 5000)
        notices.tell("b")
    notices.tell("nobody")
    assert inner == ["a" * notices.MOST]
    assert outer == ["b"]
