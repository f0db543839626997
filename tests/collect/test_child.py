from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from tests.collect import hostile_child
from tests.collect.hostile_child import hostile
from tests.collect.samples import SMALL, encode, photo
from vsfa_data.collect.child import Child, CrashError, HungError

GOOD = encode(photo(), "PNG")


@pytest.fixture
def child() -> Iterator[Child]:
    settings = {"parent": os.getpid(), "limits": asdict(SMALL), "max_decode_s": 0.3}
    made = Child(hostile_child.__name__, json.dumps(settings))
    yield made
    made.end()


def test_answers_come_in_the_order_of_the_pictures(child: Child) -> None:
    child.give([GOOD, b"text", GOOD], 0.3)
    (first, image), (no, nothing), (last, _) = (child.answer(0.3) for _ in range(3))
    assert first == last
    assert image.startswith(b"\x89PNG")
    assert (no, nothing) == ({"rejected": ["not_an_image", None]}, b"")


def test_what_was_answered_before_it_died_is_there(child: Child) -> None:
    child.give([hostile("held"), GOOD, hostile("segfault"), GOOD], 0.3)
    assert "rejected" in child.answer(0.3)[0]  # the next one may be lost with those after it
    with pytest.raises(CrashError) as caught:
        child.answer(0.3)
    assert (caught.value.reason, caught.value.detail) == ("decoder_crashed", "SIGSEGV")


def test_time_is_for_each_picture(child: Child) -> None:
    child.give([hostile("loop")], 0.3)
    with pytest.raises(HungError, match=r"^more than 0.3 s of processor time$"):
        child.answer(0.3)


def test_a_child_that_is_gone_is_a_crash(child: Child) -> None:
    child.give([GOOD], 0.3)
    child.answer(0.3)
    child._process.kill()
    child._process.wait()
    with pytest.raises(CrashError, match="SIGKILL"):
        child.give([GOOD] * 9, 0.3)
