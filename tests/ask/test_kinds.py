"""What each kind of question draws for an image."""

from __future__ import annotations

from typing import Any

import pytest

from vsfa_data.ask.kinds import Choice, Presence, YesNo


def first(_purpose: str) -> int:
    """A draw that is always even: no yes, nothing swapped, ties in the order given."""
    return 0


def odd(_purpose: str) -> int:
    return 1


def test_presence_pairs_what_is_there_with_what_is_not() -> None:
    kind = Presence(there="labels", not_there="absent", most=1)
    values = {"labels": ["cup", "spoon"], "absent": ["Cup", "dog"], "subject": None}
    pair = [{"thing": "cup", "presence": "present"}, {"thing": "dog", "presence": "absent"}]
    assert kind.draws(values, first) == [pair]
    assert kind.draws(values, odd) == [pair[::-1]]
    assert kind.draws(values | {"absent": ["cup"]}, first) == []


@pytest.mark.parametrize(
    ("value", "draw", "asked", "polarity"),
    [
        ("dark", odd, "dark", "yes"),
        ("dark", first, "bright", "no"),
        ("bright", first, "dark", "no"),
    ],
)
def test_yes_and_no(value: str, draw: Any, asked: str, polarity: str) -> None:
    kind = YesNo(fact="brightness", values=("dark", "bright"))
    drawn = [[{"asked": asked, "polarity": polarity}]]
    assert kind.draws({"brightness": value}, draw) == drawn


def test_a_value_that_is_none_of_those_is_not_asked_after() -> None:
    kind = YesNo(fact="brightness", values=("dark", "bright"))
    assert kind.draws({"brightness": "moderately bright"}, odd) == []


def test_a_choice_has_one_right_option_and_its_letter() -> None:
    kind = Choice(fact="colours", others="absent_colours", options=3)
    values = {"colours": ["red", "white"], "absent_colours": ["white", "blue", "pink", "green"]}
    ((slots,),) = kind.draws(values, lambda what: {"place of red": 5}.get(what, 0))
    assert slots == {"options": ["blue", "pink", "red"], "right": "red", "letter": "C"}


def test_no_choice_without_a_wrong_option() -> None:
    among = Choice(fact="orientation", others=("landscape", "portrait"), options=2)
    assert among.draws({"orientation": "square"}, first) == []
    of_facts = Choice(fact="subject", others="absent")
    assert of_facts.draws({"subject": "cup", "absent": ["Cup"]}, first) == []
