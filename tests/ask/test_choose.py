"""Draws: seeded, never twice the same wording, as many yes as no."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest

from tests.ask import invented
from vsfa_data.ask import render, template
from vsfa_data.ask.choose import Chooser, Question

ALL = template.load_all("all")


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return render.values_of(row["caption"], row["labels"], row["facts"])


def _asked(row: dict[str, Any], seed: int = 0) -> list[Question]:
    chooser = Chooser(seed, row["image_id"])
    return [question for unit in chooser.units(_values(row), ALL) for question in unit]


def _signature(questions: list[Question]) -> list[tuple[str, int, str | None]]:
    return [(q.template_id, q.answer_wording, q.slots.get("thing")) for q in questions]


def test_draw_is_the_documented_hash() -> None:
    # sha256 of "7:opener:abc", first eight bytes
    assert Chooser(7, "abc").draw("opener") == 0x9AEA_0D5E_332A_B55F


def test_same_image_and_seed_give_the_same_questions() -> None:
    for row in invented.images(30):
        assert _signature(_asked(row)) == _signature(_asked(row))


def test_another_seed_changes_wordings() -> None:
    rows = invented.images(60)
    changed = sum(_signature(_asked(row)) != _signature(_asked(row, seed=1)) for row in rows)
    assert changed == len(rows)


def test_order_of_templates_does_not_matter() -> None:
    row = invented.named_image(1)
    chooser = Chooser(0, row["image_id"])
    forth = [q for unit in chooser.units(_values(row), ALL) for q in unit]
    back = [q for unit in chooser.units(_values(row), ALL[::-1]) for q in unit]
    assert _signature(forth) == _signature(back)


def test_no_wording_and_no_question_twice_in_an_image() -> None:
    for row in invented.images(200):
        asked = _asked(row)
        assert max(Counter(q.template_id for q in asked).values()) == 1
        texts = [q.render(_values(row))[0].casefold() for q in asked]
        assert len(set(texts)) == len(texts)


def test_only_what_is_known_is_asked() -> None:
    row = invented.pixel_image(0)
    assert {q.template.id for q in _asked(row)} == {
        "background",
        "brightness",
        "description",
        "dominant_colours",
        "layout",
        "light_and_colour",
        "orientation",
    }


def test_every_wording_and_answer_is_used() -> None:
    asked = [q for row in invented.images(400) for q in _asked(row)]
    assert {q.template_id for q in asked} == {
        f"{t.id}/{n}" for t in ALL for n in range(1, len(t.wordings) + 1)
    }
    assert {(q.template.id, q.case, q.answer_wording) for q in asked} == {
        (t.id, case, n)
        for t in ALL
        for case, answers in t.answers.items()
        for n in range(1, len(answers) + 1)
    }


def test_presence_is_asked_in_pairs_of_yes_and_no() -> None:
    for row in invented.images(200):
        units = Chooser(0, row["image_id"]).units(_values(row), ALL)
        about = [unit for unit in units if unit[0].template.id == "presence"]
        assert len(about) == len(row["labels"])
        for unit in about:
            assert sorted(q.case for q in unit) == ["absent", "present"]
            for question in unit:
                known = "labels" if question.case == "present" else "absent"
                assert question.slots["thing"] in _values(row)[known]


def test_wording_of_presence_does_not_give_the_answer_away() -> None:
    rows = [invented.named_image(n) for n in range(1200)]
    asked = [q for row in rows for q in _asked(row) if q.template.id == "presence"]
    counts = Counter((q.wording, q.case) for q in asked)
    for wording in range(1, 7):
        present, absent = counts[wording, "present"], counts[wording, "absent"]
        assert abs(present - absent) < 4 * (present + absent) ** 0.5


def test_thing_that_is_shown_is_not_asked_after_as_absent() -> None:
    row = invented.named_image(0)
    row["facts"]["absent"] = ["Revolver", "dog"]
    no = [q for q in _asked(row) if q.case == "absent"]
    assert [q.slots["thing"] for q in no] == ["dog"]
    row["facts"]["absent"] = ["Revolver"]
    assert [q for q in _asked(row) if q.template.id == "presence"] == []


def test_half_of_the_conversations_start_with_an_opener() -> None:
    rows = invented.images(2000)
    opens = [row for row in rows if Chooser(0, row["image_id"]).opens()]
    assert len(opens) == pytest.approx(1000, abs=100)
    for row in opens:
        chooser = Chooser(0, row["image_id"])
        asked = _asked(row)
        assert asked[0].template.opener
        assert chooser.order(asked)[0] is asked[0]


def test_order_keeps_every_question() -> None:
    for row in invented.images(50):
        asked = _asked(row)
        ordered = Chooser(0, row["image_id"]).order(asked)
        assert sorted(q.template_id for q in ordered) == sorted(q.template_id for q in asked)
    assert Chooser(0, "x").order([]) == []


def test_new_facts_come_before_known_ones() -> None:
    for row in invented.images(100):
        known: set[str] = set()
        novel = []
        for unit in Chooser(0, row["image_id"]).units(_values(row), ALL):
            facts = set(unit[0].template.requires)
            novel.append(not facts <= known)
            known |= facts
        assert [flag for flag, _ in itertools.groupby(novel)] in ([True], [True, False])
