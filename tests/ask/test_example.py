from __future__ import annotations

import pytest
from pydantic import ValidationError

from vsfa_data.ask.example import Example


def test_wordings_are_counted_from_one_as_people_count_them() -> None:
    said = {"facts": {}, "question": "What?", "answer": "A cat."}
    assert Example.model_validate({**said, "wording": 1, "answer_wording": 1}).slots == {}
    with pytest.raises(ValidationError, match="answer_wording"):
        Example.model_validate({**said, "wording": 1, "answer_wording": 0})
