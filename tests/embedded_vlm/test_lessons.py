from __future__ import annotations

import pytest

from vsfa_data.embedded_vlm.concepts import concepts
from vsfa_data.embedded_vlm.lessons import PRESENCE, Teacher, Thing

KNOWN = concepts()
BEAGLE, BASSET, VIOLIN = (KNOWN.names.index(name) for name in ("beagle", "basset hound", "violin"))
DOG = KNOWN.kinds.index("dog")
DOGS = Thing("dog", KNOWN.members[DOG])
NONE = len(KNOWN.kinds)


def only(at: int) -> Thing:
    return Thing(KNOWN.names[at], frozenset([at]))


@pytest.mark.parametrize(
    ("state", "read", "thing", "answer"),
    [
        ("sure", (BEAGLE, VIOLIN, DOG), only(BEAGLE), "Yes"),
        ("sure", (BEAGLE, VIOLIN, DOG), DOGS, "Yes"),
        ("sure", (BEAGLE, VIOLIN, DOG), only(BASSET), "No"),
        ("either", (BEAGLE, BASSET, DOG), DOGS, "Yes"),
        ("either", (BEAGLE, BASSET, DOG), only(BEAGLE), "Yes"),
        ("either", (BEAGLE, BASSET, DOG), only(BASSET), "I cannot tell"),
        ("either", (BEAGLE, BASSET, DOG), only(VIOLIN), "No"),
        ("perhaps", (BEAGLE, BASSET, NONE), only(VIOLIN), "No"),
        ("unknown", (BEAGLE, BASSET, DOG), DOGS, "Yes"),
        ("unknown", (BEAGLE, BASSET, DOG), only(BEAGLE), "I cannot tell"),
        ("unknown", (BEAGLE, BASSET, DOG), only(VIOLIN), "No"),
        ("unknown", (BEAGLE, BASSET, NONE), only(VIOLIN), "I cannot tell"),
    ],
)
def test_yes_no_and_neither_follow_from_what_is_read(
    state: str, read: tuple[int, int, int], thing: Thing, answer: str
) -> None:
    assert Teacher(KNOWN).presence("presence_short", read, state, thing) == answer


def test_yes_and_no_are_about_as_frequent() -> None:
    teacher = Teacher(KNOWN)
    said = [teacher.lesson("presence_short").answer for _ in range(2000)]
    yes, no = said.count("Yes"), said.count("No")
    assert yes + no > 1500
    assert 0.8 < yes / no < 1.25


def test_lessons_name_what_was_read_and_leave_no_slot_open() -> None:
    teacher = Teacher(KNOWN, seed=3)
    for _ in range(3000):
        lesson = teacher.lesson()
        assert not set("{}") & set(lesson.question + lesson.answer)
        if lesson.family == "describe" and lesson.state == 0:
            assert KNOWN.names[lesson.first] in lesson.answer
        if lesson.state == 3 and lesson.family not in PRESENCE:
            noun = KNOWN.kinds[lesson.kind] if lesson.kind < NONE else ""
            said = lesson.answer.replace(noun, "")
            assert not [name for name in KNOWN.names if " " in name and name in said]


def test_the_same_seed_draws_the_same_lessons() -> None:
    one, two, other = Teacher(KNOWN, 1), Teacher(KNOWN, 1), Teacher(KNOWN, 2)
    drawn = [one.lesson() for _ in range(50)]
    assert drawn == [two.lesson() for _ in range(50)]
    assert drawn != [other.lesson() for _ in range(50)]
