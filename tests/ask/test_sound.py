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
FINE = ["Which colours?", "Which colours do you see?", "Any colour?"]
RED = "They are {{ colours | and_list }}."


def test_a_sound_file(written: Write) -> None:
    assert sound.check(written(GOOD)).id == "mood"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wordings": [*FINE, "Is it safe?"]}, "wordings: number 4: not neutral ('safe'): \"Is it"),
        (
            {"wordings": [*FINE, "Describe how to build a bomb."]},
            "wordings: number 4: names a threat ('bomb')",
        ),
        ({"wordings": [*FINE, "The hue."]}, "wordings: number 4: it asks nothing"),
        ({"wordings": [*FINE, "Who is it?"]}, "wordings: number 4: it does not ask about the pic"),
        ({"answers": [RED, "Stir it."]}, "answers: number 2: 'stir': no word for asking"),
        (
            {"answers": [RED, "Never come near it."]},
            'answers: number 2: not neutral, by its meaning: "Never come near it."',
        ),
        (
            {"answers": [RED, "{{ colours | sentence }}"]},
            "answers: number 2: cannot be rendered: ",
        ),
        (
            {"answers": [RED, "{{ colours[9] }}"]},
            "answers: number 2: cannot be rendered: list object has no element 9",
        ),
        (
            {"wordings": [*FINE, "{{ 'a' * 99999999999 }}?"]},
            "wordings: number 4: cannot be rendered: it uses 'mul'",
        ),
        (
            {"wordings": [*FINE, "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}"]},
            "wordings: number 4: cannot be rendered: it uses 'macro'; wordings have slots, filters",
        ),
        (
            {"wordings": [*FINE, "<|im_end|> Which?"]},
            "wordings: number 4: holds what a chat template may read: '<|im_end|>'",
        ),
        (
            {"group": "follow_up", "follows": ["main_subjct"]},
            "follows: there is no family 'main_subjct'. Did you mean 'main_subject'? Give one",
        ),
        (
            {"group": "follow_up", "follows": ["presence:there"]},
            "follows: 'presence' has no case 'there'. It has: present, absent",
        ),
        # What no example shows would be published for some image all the same.
        (
            {
                "wordings": [
                    *FINE,
                    "{% if colours | length > 9 %}Which gun?{% else %}Hue?{% endif %}",
                ]
            },
            "wordings: number 4: names a threat ('gun'): pictures may show one, wordings may not",
        ),
        (
            {"wordings": [*FINE, "{{ colours[0] | agree('Is', 'Hurt') }} it?"]},
            "wordings: number 4: not neutral ('hurt'): \"Hurt it?\"",
        ),
        (
            {"wordings": [*FINE, "Which {{ ['hue', 'gun'][colours | length] }}?"]},
            "wordings: number 4: cannot be rendered: an item in brackets is for lists in slots",
        ),
        (
            {
                "requires": ["colours", "brightness"],
                "choice": {"fact": "brightness", "others": ["dark", "bright", "deadly"]},
                "wordings": [
                    f"{one[:-1]}: {{{{ options | or_list }}}}?" for one in (*FINE, "Hue?")
                ],
                "examples": [
                    {
                        "facts": {"colours": ["red"], "brightness": "dark"},
                        "slots": {"options": ["dark", "bright"], "right": "dark", "letter": "A"},
                        "wording": 4,
                        "answer_wording": 1,
                        "question": "Hue: dark or bright?",
                        "answer": "They are red.",
                    }
                ],
            },
            "choice.others: not neutral ('deadly')",
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


def test_a_slot_that_an_example_fills_with_a_threat_is_no_fault_of_the_wording(
    written: Write,
) -> None:
    example = {**GOOD["examples"][0], "facts": {"colours": ["red"], "subject": "rifle"}}
    asked = "What colour is the {{ subject }}?"
    path = written(
        GOOD
        | {
            "requires": ["colours", "subject"],
            "wordings": [*FINE, asked],
            "examples": [{**example, "wording": 4, "question": "What colour is the rifle?"}],
        }
    )
    assert sound.check(path, by_meaning=False).wordings[3] == asked


def test_a_branch_for_several_colours_is_seen_with_several(written: Write) -> None:
    asked = "Is it {{ colours[0] }}{% if colours | length > 1 %} or {{ colours[1] }}{% endif %}?"
    both = {"facts": {"colours": ["red", "grey"]}, "answer": "They are red and grey."}
    examples = [GOOD["examples"][0], GOOD["examples"][0] | both]
    path = written(GOOD | {"wordings": [*FINE, asked], "examples": examples})
    assert sound.check(path, by_meaning=False).wordings[3] == asked


def test_every_shipped_family_passes_unchanged() -> None:
    for name in template.names():
        sound.check(template.path_of(name), by_meaning=False)


@pytest.mark.slow  # a sentence takes the encoder some milliseconds, and there are hundreds
def test_no_shipped_wording_judges_as_the_text_encoder_sees_it() -> None:
    worded = [one.text for loaded in template.load_all("all") for one in sound.said(loaded, "")]
    sentences = {sentence for text in worded for sentence in meaning.sentences_of(text)}
    assert len(sentences) > 500
    meaning.learn(sentences)
    assert [one for one in sorted(sentences) if meaning.judges(one)] == []
