from __future__ import annotations

import time

import pytest

from vsfa_data.collect.fetch.patterns import longest, matches, normal


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/", "/a", True),
        ("/fish", "/fish.html", True),
        ("/fish", "/Fish.html", False),
        ("/fish/", "/fish", False),
        ("/*.php", "/folder/any.php?x=1", True),
        ("/*.php$", "/a.php", True),
        ("/*.php$", "/a.php?x", False),
        ("/*.php$", "/a.php/b.php", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/fish*.php", "/fishheads/catfish.php?p", True),
        ("/*/b/*/d", "/a/b/c/d", True),
        ("/*/b/*/d", "/a/b/d", False),
        ("*", "/anything", True),
        ("*.jpg", "/a.jpg", True),
        ("/ab*b$", "/ab", False),
        ("/ab*b$", "/abb", True),
        ("$", "/", False),
        ("", "/a", True),
        ("/**a", "/ba", True),
    ],
)
def test_matches(pattern: str, path: str, *, expected: bool) -> None:
    assert matches(pattern, path) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a%7eb", "/a~b"),
        ("/a%2fb", "/a%2Fb"),
        ("/ä", "/%C3%A4"),
        ("/%c3%a4", "/%C3%A4"),
        ("/a b", "/a%20b"),
        ("/%zz*$", "/%zz*$"),
    ],
)
def test_normal(text: str, expected: str) -> None:
    assert normal(text) == expected


def test_the_longest_pattern_decides_and_true_wins_a_draw() -> None:
    rules = (("/", False), ("/p", True), ("/page", False), ("/pag*", True))
    assert longest(rules, "/x") is False
    assert longest(rules, "/p") is True
    assert longest(rules, "/page") is True
    assert longest(rules, "nothing") is None


def test_hostile_patterns_take_no_time() -> None:
    began = time.perf_counter()
    assert not matches("/" + "*a" * 2000 + "b", "/" + "a" * 4000)
    assert time.perf_counter() - began < 1.0
