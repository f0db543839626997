"""The sandbox: values stay values, mistakes are errors."""

from __future__ import annotations

import jinja2
import pytest
from jinja2.exceptions import SecurityError

from vsfa_data import tables
from vsfa_data.ask import render


def test_fact_names_are_those_of_the_captions_table() -> None:
    told = {f"told_{topic}" for topic in tables.TOPICS}
    facts = {field.name for field in tables.FACTS}
    assert set(render.FACT_NAMES) == {"caption", "labels"} | facts | told


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7*7 }}",
        "{% raw %}",
        "{# hidden #}",
        "{{ ''.__class__.__mro__ }}",
        "{% for x in [] %}",
        "<b>&amp;</b>",
        "%s %(caption)s {caption}",
    ],
)
def test_values_come_out_literally(text: str) -> None:
    assert render.fill("It reads {{ caption }}.", {"caption": text}) == f"It reads {text}."


def test_filters_take_hostile_values_as_text() -> None:
    assert render.fill("{{ s | with_article }}", {"s": "{{ 7*7 }}"}) == "a {{ 7*7 }}"
    assert render.fill("{{ s | sentence }}", {"s": "{% raw %} x"}) == "{% raw %} x."


def test_undefined_name_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'subject' is undefined"):
        render.fill("{{ subject }}", {})


@pytest.mark.parametrize(
    "wording",
    [
        "{{ caption.__class__.__mro__ }}",
        "{{ ''.__class__.__subclasses__() }}",
        "{{ caption.format.__globals__ }}",
    ],
)
def test_sandbox_refuses_attributes_of_python(wording: str) -> None:
    with pytest.raises(SecurityError):
        render.fill(wording, {"caption": "x"})


def test_sandbox_does_not_let_values_be_changed() -> None:
    labels = ["dog"]
    with pytest.raises(SecurityError):
        render.fill("{{ labels.append('cat') }}", {"labels": labels})
    assert labels == ["dog"]


@pytest.mark.parametrize("name", ["range", "lipsum", "cycler", "namespace", "joiner", "dict"])
def test_no_globals(name: str) -> None:
    assert name in render.variables(f"{{{{ {name} }}}}")
    with pytest.raises((jinja2.UndefinedError, SecurityError)):
        render.fill(f"{{{{ {name}(3) }}}}", {})


def test_unknown_filter_is_a_syntax_error() -> None:
    with pytest.raises(jinja2.TemplateSyntaxError, match="No filter named 'attr'"):
        render.variables("{{ caption | attr('x') }}")


def test_values_are_cleaned() -> None:
    values = render.values_of(
        "  a\tdog \x00 on\n grass ",
        ["A Dog", "the  lawn", "dog", "dog", " "],
        {"subject": "an owl", "category": "", "absent": None, "colours": ["red"]},
    )
    assert {name: value for name, value in values.items() if value is not None} == {
        "caption": "a dog on grass",
        "labels": ["Dog", "lawn", "dog"],
        "subject": "owl",
        "colours": ["red"],
    }
    assert set(values) == set(render.FACT_NAMES)


def test_category_that_repeats_the_subject_is_dropped() -> None:
    assert render.values_of("", [], {"subject": "dog", "category": "dog"})["category"] is None
    assert render.values_of("", [], {"subject": "dog", "category": "pet"})["category"] == "pet"
