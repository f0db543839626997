"""Checks in the order in which they are made."""

from __future__ import annotations

import pytest

from vsfa_data.ask import checks, render, template
from vsfa_data.ask.choose import Question
from vsfa_data.recipe import AskSection

WORDS = checks.Checker(AskSection(neutrality="words"))


def told(topic: str, text: str, end: str = "stop") -> list[dict[str, str]]:
    return [{"topic": topic, "text": text, "end": end}]


@pytest.mark.parametrize(
    ("text", "end", "reason"),
    [
        ("It is made of steel.", "stop", None),
        ("It is made of steel.", "length", "cut_off_answer"),
        ("I guess that it is dangerous.", "stop", "hedged_answer"),
        ("It is made of dangerous steel.", "stop", "not_neutral"),
        ("There is no cup.", "stop", "contradicts_labels"),
    ],
)
def test_free_text_is_judged_once_for_an_image(text: str, end: str, reason: str | None) -> None:
    answers = told("material", text, end)
    values = render.values_of("A cup.", ["cup"], {"subject": "cup"}, answers)
    found = WORDS.free_text(values, answers)
    assert found["caption"] is None
    assert (found["told_material"] or (None,))[0] == reason


def test_a_pair_has_the_problem_of_the_fact_that_it_rests_on() -> None:
    used = template.load(template.path_of("material"))
    question = Question(used, "otherwise", 1, 1)
    pair = ("What is it made of?", "Steel.")
    free = {"told_material": ("hedged_answer", "i guess"), "caption": None}
    assert WORDS.problem(question, pair, {}, free) == ("hedged_answer", "i guess")
    assert WORDS.problem(question, pair, {}, free | {"told_material": None}) is None


@pytest.mark.parametrize(
    ("pair", "free", "found"),
    [
        (("What?", "It is {{ x }}."), {}, None),
        (("What?", "It is {{ x }}."), {"caption": None}, ("markup", "{{")),
        (("Is it safe?", "Yes."), {}, ("not_neutral", "safe")),
        (("What?", "..."), {}, ("empty_answer", "no letter and no digit")),
    ],
)
def test_a_pair_is_read_as_a_whole(
    pair: tuple[str, str], free: dict[str, None], found: tuple[str, str] | None
) -> None:
    used = template.load(template.path_of("main_subject"))
    assert WORDS.problem(Question(used, "otherwise", 1, 1), pair, {"caption": "A."}, free) == found


def test_the_same_question_is_not_asked_again() -> None:
    assert WORDS.again("What IS it?", {"what is it?"}) == ("repeated_question", "What IS it?")
    assert WORDS.again("What is that?", {"what is it?"}) is None
