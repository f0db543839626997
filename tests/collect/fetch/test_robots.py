from __future__ import annotations

import pytest

from vsfa_data.collect.fetch.robots import FORBID_ALL, is_allowed, parse

FILE = b"""\xef\xbb\xbf# comment
User-agent: otherbot
Disallow: /

User-Agent: *
Crawl-delay: 3
Disallow: /private/  # inside
Allow: /private/open
Disallow: /*.gif$
Disallow:

user-agent: Other
USER-AGENT: vsfa-data
disallow: /no/
Sitemap: https://example.com/s.xml
Allow: /no/but/

User-agent: vsfa-data
Disallow: /more
"""


@pytest.mark.parametrize(
    ("product", "path", "expected"),
    [
        ("someone", "/a.jpg", True),
        ("someone", "/private/a.jpg", False),
        ("someone", "/private/open/a.jpg", True),
        ("someone", "/a.gif", False),
        ("someone", "/a.gif?b", True),
        ("someone", "/no/a.jpg", True),
        ("otherbot", "/a.jpg", False),
        ("vsfa-data", "/private/a.jpg", True),
        ("vsfa-data", "/no/a.jpg", False),
        ("vsfa-data", "/no/but/a.jpg", True),
        ("vsfa-data", "/more/a.jpg", False),
        ("other", "/no/a.jpg", False),
        ("other", "/more", True),
    ],
)
def test_what_a_file_allows(product: str, path: str, *, expected: bool) -> None:
    assert is_allowed(parse(FILE, product), path) is expected


@pytest.mark.parametrize("data", [b"", b"<html>nothing</html>", b"Disallow: /", b"\xff\xfe\x00"])
def test_what_says_nothing_forbids_nothing(data: bytes) -> None:
    assert is_allowed(parse(data, "vsfa-data"), "/a.jpg")


def test_a_group_of_ours_without_rules_allows_all() -> None:
    rules = parse(b"User-agent: *\nDisallow: /\n\nUser-agent: vsfa-data\nDisallow:\n", "vsfa-data")
    assert is_allowed(rules, "/a.jpg")


def test_forbid_all() -> None:
    assert not is_allowed(FORBID_ALL, "/")
    assert not is_allowed(FORBID_ALL, "/a?b")


def test_more_rules_than_can_be_kept_to_forbid_all() -> None:
    assert parse(b"user-agent: *\n" + b"allow: /a\n" * 5_001, "us") == FORBID_ALL
    assert len(parse(b"user-agent: *\n" + b"allow: /a\n" * 5_000, "us")) == 5_000
