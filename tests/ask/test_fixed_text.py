"""All that a wording can come to, branch by branch."""

from __future__ import annotations

import pytest

from vsfa_data.ask import fixed_text
from vsfa_data.ask.render import ERRORS

VALUES = {"subject": "teapot", "colours": ["red", "blue"]}


@pytest.mark.parametrize(
    ("wording", "texts"),
    [
        ("What  is it?", ["What is it?"]),
        ("The {{ subject or 'thing' }}?", ["The teapot?", "The thing?"]),
        ("{{ subject | agree('Is', 'Are') }} it {{ colours[0] }}?", ["Is it red?", "Are it red?"]),
        (
            "{% if subject %}A{% elif labels %}B{% else %}C{% endif %}{{ 'x' if labels else 'y' }}",
            ["Ax", "Ay", "Bx", "By", "Cx", "Cy"],
        ),
        (
            "{% if subject %}{% if colours %}in{% endif %}{% endif %}.",
            ["in.", ".", "."],
        ),
        ("{{ ('a ' ~ subject) | with_article }}", ["an a teapot"]),
    ],
)
def test_every_branch(wording: str, texts: list[str]) -> None:
    assert list(fixed_text.texts(wording, VALUES)) == texts


@pytest.mark.parametrize(
    ("wording", "given"),
    [
        ("{% for one in colours %}{{ one }}{% endfor %}", "for"),
        ("{% set a = 'b' %}{{ a }}", "assign"),
        ("{{ {'red': 'b'}[colours[0]] }}", "an item in brackets is for lists in slots"),
        ("{{ subject.upper() }}", "call"),
        ("{{ subject[::-1] }}", "slice"),
        ("{{ 'ab'[0] }}", "an item in brackets is for lists in slots"),
        ("{% if subject %}a{% endif %}" * 9, "more than 256 branches"),
    ],
)
def test_nothing_else_can_be_said(wording: str, given: str) -> None:
    with pytest.raises(ERRORS, match=given):
        list(fixed_text.texts(wording, VALUES))
