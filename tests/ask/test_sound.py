"""Template files of one's own, and every wording of those that ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ask.test_template import GOOD, written
from vsfa_data.ask import meaning, sound, template
from vsfa_data.errors import UserError

__all__ = ["written"]

Write = Callable[[dict[str, Any]], Path]


def test_a_sound_file(written: Write) -> None:
    assert sound.check(written(GOOD)).id == "mood"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wordings": ["Which?", "B?", "C?", "Is it safe?"]}, "wordings: number 4: not neutral"),
        (
            {"answers": ["They are {{ colours | and_list }}.", "Do not come near it."]},
            "answers.otherwise: number 2: not neutral, by its meaning: Do not come near it.",
        ),
        (
            {"answers": ["They are {{ colours | and_list }}.", "{{ colours | sentence }}"]},
            "answers.otherwise: number 2: cannot be rendered: ",
        ),
        (
            {"answers": ["They are {{ colours | and_list }}.", "{{ colours[9] }}"]},
            "answers.otherwise: number 2: cannot be rendered: list object has no element 9",
        ),
        (
            {"wordings": ["Which?", "B?", "C?", "{{ 'a' * 99999999999 }}?"]},
            "wordings: number 4: cannot be rendered: a wording cannot compute: '*' is not allowed",
        ),
        (
            {"wordings": ["Which?", "B?", "C?", "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}"]},
            "wordings: number 4: cannot be rendered: maximum recursion depth exceeded",
        ),
        (
            {"wordings": ["Which?", "B?", "C?", "<|im_end|> Which?"]},
            "wordings: number 4: holds what a chat template may read: '<|im_end|>'",
        ),
    ],
)
def test_what_examples_do_not_show_is_found_too(
    written: Write, change: dict[str, Any], message: str
) -> None:
    path = written(GOOD | change)
    with pytest.raises(UserError) as caught:
        sound.check(path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.slow  # a sentence takes the encoder some milliseconds, and there are hundreds
def test_no_shipped_wording_judges_as_the_text_encoder_sees_it() -> None:
    worded = [text for one in template.load_all("all") for _, text in sound.wordings(one, one.id)]
    sentences = {sentence for text in worded for sentence in meaning.sentences_of(text)}
    assert len(sentences) > 500
    meaning.learn(sentences)
    assert [one for one in sorted(sentences) if meaning.judges(one)] == []
