"""Draws: seeded, never twice the same wording, as many yes as no, options in any place."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.ask import invented
from vsfa_data.ask import render, template
from vsfa_data.ask.choose import Chooser, Question, Unit

ALL = template.load_all("all")
DRAWN = [invented.named_image(n) for n in range(1000)]


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return render.values_of(row["caption"], row["labels"], row["facts"])


def _units(row: dict[str, Any], seed: int = 0) -> list[Unit]:
    chooser, values = Chooser(seed, row["image_id"]), _values(row)
    units = list(chooser.units(values, ALL))
    return [*units, *chooser.follow_ups(values, ALL, units)]


def _asked(row: dict[str, Any], seed: int = 0) -> list[Question]:
    return [question for unit in _units(row, seed) for question in unit.questions]


def _signature(questions: list[Question]) -> list[tuple[str, int, str | None]]:
    return [(q.template_id, q.answer_wording, q.slots.get("thing")) for q in questions]


def test_draw_is_the_documented_hash() -> None:
    # sha256 of "7:opener:abc", first eight bytes
    assert Chooser(7, "abc").draw("opener") == 0x9AEA_0D5E_332A_B55F


def test_same_image_and_seed_give_the_same_questions_and_another_seed_others() -> None:
    for row in invented.images(30):
        assert _signature(_asked(row)) == _signature(_asked(row))
        assert _signature(_asked(row)) != _signature(_asked(row, seed=1))


def test_order_of_templates_does_not_matter() -> None:
    row = invented.named_image(1)
    chooser = Chooser(0, row["image_id"])
    forth = [q for unit in chooser.units(_values(row), ALL) for q in unit.questions]
    back = [q for unit in chooser.units(_values(row), ALL[::-1]) for q in unit.questions]
    assert _signature(forth) == _signature(back)


def test_partners_are_asked_in_the_same_words() -> None:
    one, other = invented.named_image(0), invented.named_image(4)
    asked = [
        {q.template_id for u in Chooser(0, "pair").units(_values(row), ALL) for q in u.questions}
        for row in (one, other)
    ]
    assert {name.split("/")[0] for name in asked[0] & asked[1]} >= {"main_subject", "description"}
    families = [{name.split("/")[0] for name in names} for names in asked]
    assert {n.split("/")[0] for n in asked[0] ^ asked[1]} <= families[0] ^ families[1]


def test_no_wording_and_no_question_twice_in_an_image() -> None:
    for row in invented.images(100):
        asked = _asked(row)
        assert max(Counter(q.template_id for q in asked).values()) == 1
        firsts = [q for q in asked if not q.template.follows]
        texts = [q.render(_values(row))[0].casefold() for q in firsts]
        assert len(set(texts)) == len(texts)


def test_only_what_is_known_is_asked() -> None:
    for row in invented.images(60):
        for question in _asked(row):
            assert all(_values(row)[name] for name in question.template.requires)
    assert not {"main_subject", "presence", "choice_subject", "material"} & {
        question.template.id for question in _asked(invented.pixel_image(0))
    }


def test_every_wording_and_every_answer_of_what_can_be_asked_is_used() -> None:
    asked = [q for row in DRAWN for q in _asked(row)]
    used = {q.template.id: q.template for q in asked}.values()
    assert len(used) > 25
    assert {q.template_id for q in asked} == {
        f"{t.id}/{n}" for t in used for n in range(1, len(t.wordings) + 1)
    }
    drawn = {(q.template.id, q.case) for q in asked}
    assert {(q.template.id, q.case, q.answer_wording) for q in asked} == {
        (t.id, case, n)
        for t in used
        for case, answers in t.answers.items()
        for n in range(1, len(answers) + 1)
        if (t.id, case) in drawn
    }


def test_presence_is_asked_in_pairs_of_yes_and_no() -> None:
    for row in invented.images(100):
        about = [u for u in _units(row) if u.template.id in {"presence", "colour_presence"}]
        assert about
        for unit in about:
            assert sorted(q.case for q in unit.questions) == ["absent", "present"]
            kind = unit.template.presence
            assert kind is not None
            for question in unit.questions:
                known = kind.there if question.case == "present" else kind.not_there
                assert question.slots["thing"] in _values(row)[known]


@pytest.mark.parametrize("family", ["presence", "yes_no_format", "yes_no_contrast"])
def test_neither_wording_nor_number_gives_the_answer_away(family: str) -> None:
    asked = [q for row in DRAWN for q in _asked(row) if q.template.id == family]
    counts = Counter((q.wording, q.case) for q in asked)
    yes, no = ("present", "absent") if family == "presence" else ("yes", "no")
    for wording in range(1, len(asked[0].template.wordings) + 1):
        one, other = counts[wording, yes], counts[wording, no]
        assert one + other > 60
        assert abs(one - other) < 4 * (one + other) ** 0.5


@pytest.mark.parametrize("family", ["choice_subject", "choice_brightness", "choice_letter"])
def test_the_right_option_is_in_any_place_and_the_others_are_wrong(family: str) -> None:
    places = Counter[int]()
    for row in DRAWN[:500]:
        (question,) = (q for q in _asked(row) if q.template.id == family)
        options, right = question.slots["options"], question.slots["right"]
        assert len(set(options)) == len(options) >= 3
        assert options["ABCDE".index(question.slots["letter"])] == right
        fact = question.template.choice
        assert fact is not None
        assert right == _values(row)[fact.fact]
        if family == "choice_subject":
            assert set(options) - {right} <= set(_values(row)["absent"])
        places[options.index(right)] += 1
    expected = 500 / len(places)
    assert all(abs(count - expected) < 4 * expected**0.5 for count in places.values())


def test_thing_that_is_shown_is_not_asked_after_as_absent() -> None:
    row = invented.named_image(0)
    row["facts"]["absent"] = ["Revolver", "dog"]
    no = [q for q in _asked(row) if q.template.id == "presence" and q.case == "absent"]
    assert [q.slots["thing"] for q in no] == ["dog"]
    row["facts"]["absent"] = ["Revolver"]
    assert [q for q in _asked(row) if q.template.id == "presence"] == []


def test_follow_ups_take_up_a_question_that_was_asked() -> None:
    seen = set()
    for row in DRAWN[:200]:
        for unit in _units(row):
            if not unit.template.follows:
                assert unit.after is None
                continue
            earlier = unit.after
            assert earlier is not None
            family = earlier.template.family
            assert {family, f"{family}:{earlier.case}"} & set(unit.template.follows)
            if unit.template.id == "follow_absent":
                assert unit.questions[0].slots["earlier_thing"] == earlier.slots["thing"]
            seen.add(unit.template.id)
    assert {"follow_absent", "follow_place", "follow_background", "follow_half"} <= seen


def test_a_family_of_more_weight_comes_earlier() -> None:
    first = Counter[str]()
    heavy = [t for t in ALL if t.id in {"presence", "orientation"}]
    for row in DRAWN:
        first[next(Chooser(0, row["image_id"]).units(_values(row), heavy)).template.id] += 1
    assert first["presence"] / 1000 == pytest.approx(0.6, abs=0.05)  # weight 1.5 against 1
