from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsfa_data.collect import cleaning
from vsfa_data.collect.search import markup


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<a href="//commons.wikimedia.org/wiki/User:Ann" title="User:Ann">Ann &amp; Bob</a>',
            "Ann & Bob",
        ),
        ('<span lang="en"><b>English:</b> A <i>tank</i></span>', "English: A tank"),
        ("<div>one</div><div>two</div>", "one two"),
        ("one<br>two<br/>three", "one two three"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("A<sup>2</sup>B", "A2B"),
        ("<script>alert(1)</script>Ann<style>b{}</style>", "Ann"),
        ('Ann<span style="display: none">vcard</span><img src=x onerror=alert(1)>', "Ann"),
        ("Ann<div hidden>secret <b>too</b></div> Lee", "Ann Lee"),
        ("<span hidden>a<br>b</span>c", "c"),
        ("Ann<!-- secret -->", "Ann"),
        ("<p>never <b>closed", "never closed"),
        ("<div><span style='display:none'>x</div>shown", "shown"),
        ("</div></p>stray ends", "stray ends"),
        ("AT&amp;T &lt;ann@example.org&gt; &#x41;", "AT&T <ann@example.org> A"),
        ("a < b and c > d", "a < b and c > d"),
        ("plain", "plain"),
        ("", None),
        ("<br>  \n\t", None),
        (None, None),
    ],
)
def test_html_is_read_as_a_reader_sees_it(html: str | None, text: str | None) -> None:
    assert markup.of_html(html) == text


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        ("  two\n lines\u00a0and\ttabs ", "two lines and tabs"),
        ("bell\x07 escape\x1b[31m", "bell escape [31m"),
        ("turn\u202eed\u200b round\u2066", "turned round"),
        ("e\u0301", "\u00e9"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("\u200b", None),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u0600\u0661\u0662\u200b", "\u0600\u0661\u0662"),
        (None, None),
    ],
)
def test_text_is_one_line_of_characters_that_show(given_: str | None, text: str | None) -> None:
    assert markup.of_text(given_) == text


def test_long_text_is_cut_and_says_so() -> None:
    cut = markup.of_text("word " * 1000)
    assert cut is not None
    assert len(cut) <= markup.MAX_CHARACTERS
    assert cut.endswith("word…")
    assert markup.of_text("x" * markup.MAX_CHARACTERS) == "x" * markup.MAX_CHARACTERS


@pytest.mark.parametrize(
    "hostile",
    ["<" * 10**6, "<a " * 10**6, "<![CDATA[" * 10**6, "<div>" * 10**6, "&" * 10**6, "</" * 10**6],
)
def test_hostile_markup_takes_no_time(hostile: str) -> None:
    began = time.perf_counter()
    markup.of_html(hostile)
    assert time.perf_counter() - began < 2.0


@settings(deadline=None)
@given(st.text())
def test_any_text_gives_one_line_that_can_be_written(text: str) -> None:
    for found in (markup.of_html(text), markup.of_text(text)):
        if found is not None:
            found.encode("utf-8")
            kept = cleaning.NUMBER_SIGNS | {"\u200c", "\u200d"}
            assert all(one.isprintable() or one in kept for one in found)
            assert len(found.splitlines()) == 1
            assert len(found) <= markup.MAX_CHARACTERS
