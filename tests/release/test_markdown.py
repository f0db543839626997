import json
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from tests.release.samples import HOSTILE
from vsfa_data.release.markdown import code, escape, fenced, one_line, plain, shown, template


def test_one_line_drops_what_cannot_be_seen() -> None:
    assert one_line("a\n b\t\u202ec\u200b d\x1b[31m\u2028e") == "a b c d [31m e"
    assert one_line("x" * 400) == "x" * 297 + "..."


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, 1.5 of them: yes", "plain words, 1.5 of them: yes"),
        ("a|b", "a&#124;b"),
        ("<b>&amp;", "&#60;b&#62;&#38;amp;"),
        ("[x](y)", "&#91;x&#93;&#40;y&#41;"),
        ("![x]", "&#33;&#91;x&#93;"),
        ("`x` *x* _x_ ~x~", "&#96;x&#96; &#42;x&#42; &#95;x&#95; &#126;x&#126;"),
        ("main_subject __init__", "main_subject &#95;&#95;init&#95;&#95;"),
        ("https://x.org", "https&#58;//x.org"),
        ("WWW.x.org", "WWW&#46;x.org"),
        ("me@x.org", "me&#64;x.org"),
        ("# x", "&#35; x"),
        ("- x", "\\- x"),
        ("---", "\\---"),
        ("12. x", "12\\. x"),
        ("a\\", "a&#92;"),
        ("a\n\n# b", "a &#35; b"),
        ("", ""),
    ],
)
def test_escape(text: str, written: str) -> None:
    assert escape(text) == written


def test_shown() -> None:
    assert [shown(value) for value in (1234567, "a|b", code("a|b`c"))] == [
        "1,234,567",
        "a&#124;b",
        "`a/b'c`",
    ]


def test_plain_refuses_all_but_words() -> None:
    assert plain("1.2.3-rc.1") == "1.2.3-rc.1"
    with pytest.raises(ValueError, match="not plain: 'a b'"):
        plain("a b")


def test_nothing_closes_the_fence() -> None:
    hostile = {"title": "\n```\n````\n" + HOSTILE}
    first, *body, last = fenced(hostile, "json").split("\n")
    assert (first, last) == ("`````json", "`````")
    assert not [line for line in body if line.startswith("`")]
    assert "\u202e" not in "".join(body)
    assert json.loads("\n".join(body)) == hostile


def test_templates_escape_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("| {{ x }} |{% for y in ys %} {{ y }}{% endfor %}.\n")
    made = template(tmp_path, "t.j2").render(x=HOSTILE, ys=["a|b", 3])
    assert made.count("|") == 2
    assert "<" not in made
    assert "49" not in made
    assert made.endswith("a&#124;b 3.\n")


def test_a_variable_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{{ m.titel }}")
    with pytest.raises(UndefinedError, match="titel"):
        template(tmp_path, "t.j2").render(m={"title": "x"})


def test_templates_run_in_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{{ x.__class__.__mro__ }}")
    with pytest.raises(SecurityError):
        template(tmp_path, "t.j2").render(x="")
