"""What holds between the keys of a template."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from vsfa_data import tables
from vsfa_data.ask import render, template
from vsfa_data.ask.family import Fact, Template

PRESENCE = template.load(template.path_of("presence")).model_dump()
BRIGHTNESS = template.load(template.path_of("brightness"))


def test_facts_are_those_that_the_caption_step_writes() -> None:
    assert set(get_args(Fact)) == set(render.FACT_NAMES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots": ("thing",)}, "slots: 'thing' and 'presence' go together"),
        ({"answers_by": None}, "slots: 'thing' and 'presence' go together"),
        ({"answers": {"present": ["Yes."]}}, "answers: with the slot 'presence' the cases are"),
        ({"requires": ("labels",)}, "requires: with the slot 'presence' it lists labels and"),
        (
            {"wordings": ("Is it?", "{{ thing }}?", "a {{ thing }}?", "no {{ thing }}?")},
            "wordings: number 1 does not use the slot 'thing'",
        ),
        ({"examples": PRESENCE["examples"][:1]}, "examples: none shows the case 'absent'"),
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


def test_answer_sources_are_documented_in_the_pairs_table() -> None:
    column = next(c for c in tables.PAIRS.columns if c.name == "answer_source")
    for loaded in template.load_all("all"):
        assert f"'{loaded.answer_source}'" in column.meaning
