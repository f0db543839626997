from __future__ import annotations

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from vsfa_data.ask.wordings import Wordings, check_variables


@pytest.mark.parametrize("text", ["", "  ", "What is\u200b it?", "a" * 1001])
def test_a_wording_is_text_that_can_be_seen(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Wordings).validate_python([text])


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (("What?", "What?"), "wordings: number 2 repeats an earlier wording"),
        (("Is it {{ colour }}?",), "number 1 uses 'colour', which is in none of requires"),
        (("{{ thing | shout }}?",), "number 1: unknown filter. Filters: "),
        (("{{ thing",), "number 1: its {{ }} or {% %} cannot be understood"),
    ],
)
def test_what_is_wrong_with_a_wording_is_told_with_its_number(
    texts: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        check_variables("wordings", texts, {"thing"})
