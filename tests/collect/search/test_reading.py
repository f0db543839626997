from __future__ import annotations

from typing import Any

import pytest

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search import licenses, reading
from vsfa_data.collect.search.licenses import License
from vsfa_data.collect.search.reading import Credit
from vsfa_data.collect.source import Candidate

BY = licenses.of_code("by", "4.0")
BY_3 = licenses.of_code("by", "3.0")
BY_3_DE = licenses.of_code("by", "3.0", "de")
SA_3 = licenses.of_code("by-sa", "3.0")


@pytest.mark.parametrize("value", [None, 7, 1.5, True, [], {}, "", "  \n"])
def test_what_is_no_text_says_nothing(value: Any) -> None:
    assert reading.text(value) is None


@pytest.mark.parametrize("value", [None, 7, "x", {"a": 1}])
def test_what_is_no_list_holds_nothing(value: Any) -> None:
    assert list(reading.objects(value)) == []


def test_what_is_no_object_is_an_empty_one() -> None:
    assert list(reading.objects([{"a": 1}, None, 7])) == [{"a": 1}, {}, {}]


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=c#d", "HTTP://example.org/é", " https://example.org/ "]
)
def test_web_addresses(url: str) -> None:
    assert reading.address(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        *(None, 7, "", "/x", "//example.org/x", "ftp://x/", "javascript:alert(1)", "https://"),
        *("https://a/\x00", "https://a/ b", "https://a/\nb", "https://a/\u202e", "data:,x"),
        "https://a/" + "x" * 2000,
    ],
)
def test_what_is_no_web_address(url: Any) -> None:
    assert reading.address(url) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (BY, BY, BY),
        (BY, None, BY),
        (None, BY, BY),
        (None, None, None),
        (BY_3, BY_3_DE, BY_3_DE),
        (BY_3_DE, BY_3, BY_3_DE),
        (BY, BY_3, None),
        (BY_3, SA_3, None),
        (BY_3_DE, licenses.of_code("by", "3.0", "fr"), None),
    ],
)
def test_statements_that_contradict_each_other_are_none(
    one: License | None, other: License | None, expected: License | None
) -> None:
    assert reading.agreed(one, other) == expected


@pytest.mark.parametrize(
    ("license_", "kinds", "reason"),
    [(BY, ["by"], None), (BY, ["cc0"], "license_not_allowed"), (None, ["by"], "license_unknown")],
)
def test_only_licences_that_are_allowed(
    license_: License | None, kinds: list[str], reason: str | None
) -> None:
    if reason is None:
        assert reading.allowed(license_, kinds, None) == license_
    else:
        with pytest.raises(Rejected) as caught:
            reading.allowed(license_, kinds, "said " * 100)
        assert caught.value.reason == reason
        assert len(caught.value.detail or "") <= 100


def test_a_candidate_has_an_address_or_a_reason() -> None:
    assert BY is not None
    credit = Credit("A title", "Ann", "https://example.org/page")
    known = {"title": "A title", "attribution": "Ann", "page_url": "https://example.org/page"}
    named = {"license": "CC-BY-4.0", "license_url": "https://creativecommons.org/licenses/by/4.0/"}
    url = "https://example.org/a.jpg"
    assert reading.candidate("1", url, lambda: BY, credit) == Candidate(
        "1", url=url, **named, **known
    )
    lacking = Candidate("1", reason="incomplete_result", detail="no address", **known)
    assert reading.candidate("1", None, lambda: BY, credit) == lacking

    def unknown() -> License:
        raise Rejected("license_unknown", "GFDL")

    refused = Candidate("1", reason="license_unknown", detail="GFDL", **known)
    assert reading.candidate("1", url, unknown, credit) == refused
