"""Mistakes in a template file, in words of whoever wrote it. More stand in test_template.py."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.ask.test_template import GOOD
from vsfa_data.ask import mistakes
from vsfa_data.ask.template import Template


@pytest.mark.parametrize("key", sorted(GOOD))
@pytest.mark.parametrize("value", [3, "odd", [], {"a": 1}, None, [[]], True, 1e9])
def test_no_word_of_the_parser_is_left(key: str, value: object) -> None:
    data = {**GOOD, key: value}
    try:
        Template.model_validate(data)
    except ValidationError as error:
        said = mistakes.explain(error, data)
        assert said.startswith(key)
        for word in ("nput", "tuple", "should", "valid", "pydantic", "[key]", "otherwise", "\n"):
            assert word not in said
