"""What holds between the keys of a template."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from vsfa_data import tables
from vsfa_data.ask import template
from vsfa_data.ask.family import Template

PRESENCE = template.load(template.path_of("presence")).model_dump()
BRIGHTNESS = template.load(template.path_of("brightness"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": {"present": ["Yes."]}}, "answers: with the slot 'presence' the cases are"),
        ({"requires": ("labels",)}, "requires: 'absent' is asked after and belongs here"),
        (
            {"wordings": ("Is it?", "{{ thing }}?", "a {{ thing }}?", "no {{ thing }}?")},
            "wordings: number 1 does not use the slot 'thing'",
        ),
        ({"examples": PRESENCE["examples"][:1]}, "examples: none shows the case 'absent'"),
        (
            {"yes_no": {"fact": "brightness", "values": ["dark", "bright"]}},
            "presence, yes_no, choice: a question is one of them at most",
        ),
        ({"group": "follow_up"}, "follows: not given in group follow_up; families to follow up"),
    ],
)
def test_presence_needs_both_answers(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Template.model_validate(PRESENCE | change)


def test_case_follows_the_value() -> None:
    assert BRIGHTNESS.case({"brightness": "dark"}) == "dark"
    assert BRIGHTNESS.case({"brightness": "dazzling"}) is None
    framing = template.load(template.path_of("framing"))
    assert framing.case({"framing": "fills the frame"}) == "fills the frame"
    assert framing.case({"framing": "off-centre to the left"}) == "otherwise"


def test_fits_only_with_all_that_it_requires() -> None:
    category = template.load(template.path_of("category"))
    assert category.fits({"subject": "revolver", "category": "weapon"})
    assert not category.fits({"subject": "revolver", "category": None})


def test_slots_of_an_earlier_question_are_named_as_such() -> None:
    assert template.load(template.path_of("follow_absent")).slots == ("earlier_thing",)


def test_a_follow_up_follows_a_family_and_a_case_that_exist() -> None:
    known = {one.id: one for one in template.load_all("all")}
    for loaded in known.values():
        for name in loaded.follows:
            family, _, case = name.partition(":")
            assert not case or case in known[family].answers


def test_answer_sources_are_documented_in_the_pairs_table() -> None:
    column = next(c for c in tables.PAIRS.columns if c.name == "answer_source")
    for loaded in template.load_all("all"):
        assert f"'{loaded.answer_source}'" in column.meaning


def test_every_topic_has_a_family_that_needs_it() -> None:
    needed = {name for loaded in template.load_all("all") for name in loaded.requires}
    assert {f"told_{topic}" for topic in tables.TOPICS} <= needed
