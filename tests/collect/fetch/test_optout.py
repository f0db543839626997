from __future__ import annotations

import json

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vsfa_data.collect.fetch.optout import is_reserved, of_headers, parse_tdmrep


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        (["noai"], "noai"),
        (["NoAI, NoImageAI"], "noai"),
        (["noimageai"], "noimageai"),
        (["noindex"], "noindex"),
        (["noimageindex"], "noimageindex"),
        (["none"], "none"),
        (["nofollow, noarchive", "noindex"], "noindex"),
        (["all"], None),
        (["nofollow, nosnippet"], None),
        (["otherbot: noai"], None),
        (["otherbot: noindex, noai"], None),
        (["otherbot: noai", "noimageai"], "noimageai"),
        (["noarchive, otherbot: noai"], None),
        (["noai, otherbot: nofollow"], "noai"),
        (["VSFA-Data: noai"], "noai"),
        (["otherbot: nofollow, vsfa-data: noai"], "noai"),
        (["*: noai"], "noai"),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST"], None),
        (["unavailable_after: Fri, 25 Jun 2010 15:00:00 PST, noai"], "noai"),
        (["max-snippet: 50, max-image-preview: large, noai"], "noai"),
        (["max-image-preview:large"], None),
        (["noaiX"], None),
        ([""], None),
    ],
)
def test_x_robots_tag(lines: list[str], expected: str | None) -> None:
    headers = CIMultiDictProxy(CIMultiDict([("X-Robots-Tag", line) for line in lines]))
    found = of_headers(headers, "vsfa-data")
    assert found == (expected and f"X-Robots-Tag: {expected}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", "tdm-reservation: 1"), (" 1 ", "tdm-reservation: 1"), ("0", None), ("yes", None)],
)
def test_tdm_reservation(value: str, expected: str | None) -> None:
    headers = CIMultiDictProxy(CIMultiDict({"TDM-Reservation": value}))
    assert of_headers(headers, "vsfa-data") == expected


@pytest.mark.parametrize(
    ("listed", "path", "expected"),
    [
        ([], "/a.jpg", False),
        ([{"location": "/", "tdm-reservation": 1}], "/a.jpg", True),
        ([{"location": "/", "tdm-reservation": 0}], "/a.jpg", False),
        ([{"location": "/photos/", "tdm-reservation": 1}], "/a.jpg", False),
        ([{"location": "*.jpg$", "tdm-reservation": "1"}], "/x/a.jpg", True),
        (
            [
                {"location": "/", "tdm-reservation": 1},
                {"location": "/free/", "tdm-reservation": 0, "tdm-policy": "https://p"},
            ],
            "/free/a.jpg",
            False,
        ),
        ([{"location": 3, "tdm-reservation": 1}, "x", {"location": "/"}], "/a.jpg", False),
        ([{"location": "/", "tdm-reservation": [1]}], "/a.jpg", False),
        ({"location": "/", "tdm-reservation": 1}, "/a.jpg", False),
    ],
)
def test_tdmrep_json(listed: object, path: str, *, expected: bool) -> None:
    assert is_reserved(parse_tdmrep(json.dumps(listed).encode()), path) is expected


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff", b"[" * 100_000, b"null"])
def test_a_tdmrep_json_that_is_none_reserves_nothing(data: bytes) -> None:
    assert parse_tdmrep(data) == ()


@pytest.mark.parametrize(("count", "length"), [(5_001, 5), (300, 1_000)])
def test_more_rules_than_can_be_kept_to_reserve_all(count: int, length: int) -> None:
    rule = {"location": "/" + "*a" * (length // 2), "tdm-reservation": 0}
    rules = parse_tdmrep(json.dumps([rule] * count).encode())
    assert len(rules) == 1  # or each address of the host would stop all others for a while
    assert is_reserved(rules, "/x.jpg")
    assert not is_reserved(parse_tdmrep(json.dumps([rule] * 200).encode()), "/x.jpg")
