from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from vsfa_data.collect.archive import beside
from vsfa_data.collect.archive.member import Member
from vsfa_data.collect.sidecar import Credit
from vsfa_data.collect.tabular import CREDITS

DEFAULT = Credit(None, "CC0-1.0", "https://example.org/cc0", "somebody")
KEYS = {name: name for name in CREDITS}


def given(*files: tuple[str, object]) -> list[tuple[str, Any]]:
    """Names with credits, or with (reason, detail)."""
    return credited(
        Member(name, data if isinstance(data, bytes) else json.dumps(data).encode())
        for name, data in files
    )


def credited(members: Iterable[Member], keys: dict[str, str] = KEYS) -> list[tuple[str, Any]]:
    return [
        (one.name, credit if one.reason is None else (one.reason, one.detail))
        for one, credit in beside.credited(members, DEFAULT, keys)
    ]


def test_what_stands_beside_an_image_speaks_of_it_and_of_no_other() -> None:
    said = {"license": " CC-BY-4.0 ", "license_url": "https://x", "attribution": "Ann", "n": 1}
    assert given(
        ("a/1.jpg", b""),
        ("a/1.json", said),
        ("a/1.txt", b"\xef\xbb\xbf A\n slope "),
        ("b/1.jpg", b""),
        ("a/2.txt", b"text"),
        ("a/2.seg.png", b""),
        ("a/2.jpg", b""),
        ("a/2.json", {"title": "said"}),
    ) == [
        ("a/1.jpg", Credit("A slope", "CC-BY-4.0", "https://x", "Ann")),
        ("b/1.jpg", DEFAULT),
        ("a/2.seg.png", DEFAULT._replace(title="said")),
        ("a/2.jpg", DEFAULT._replace(title="said")),
    ]


def test_an_empty_value_means_unknown_and_a_missing_one_the_default() -> None:
    [(_, credit)] = given(("1.jpg", b""), ("1.json", {"license": "", "attribution": None}))
    assert credit == Credit(None, None, "https://example.org/cc0", None)


def test_other_keys() -> None:
    members = [Member("1.jpg", b""), Member("1.json", b'{"caption": "x", "license": "y"}')]
    keys = KEYS | {"title": "caption", "license": "rights"}
    assert credited(members, keys) == [
        ("1.jpg", ("bad_metadata", "it has 'license': meant for 'rights'?"))
    ]
    members[1] = Member("1.json", b'{"caption": "x", "rights": "y"}')
    assert credited(members, keys) == [("1.jpg", DEFAULT._replace(title="x", license="y"))]


@pytest.mark.parametrize("text", [b"[1, 2]", b'"a cat"', b"3"])
def test_json_that_is_no_object_says_nothing(text: bytes) -> None:
    assert given(("1.jpg", b""), ("1.json", text)) == [("1.jpg", DEFAULT)]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (b"{", "not valid JSON"),
        (b"", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\xff", "1.json: not UTF-8"),
        (b'{"license": 3}', "'license' is not text"),
        (b'{"licence": "x"}', "it has 'licence': meant for 'license'?"),
        (b" " * (beside.MAX_SAID_BYTES + 1), "1.json: too large"),
    ],
)
def test_an_image_whose_licence_cannot_be_understood_is_refused(text: bytes, detail: str) -> None:
    no = ("bad_metadata", detail)
    found = given(("1.jpg", b""), ("1.png", b""), ("1.json", text), ("2.jpg", b""))
    assert found == [("1.jpg", no), ("1.png", no), ("2.jpg", DEFAULT)]


def test_what_is_refused_itself_stays_so() -> None:
    refused = Member("1.json", reason="too_many_bytes", detail="9 bytes, at most 8")
    image = Member("1.png", reason="not_a_file", detail="a pipe")
    assert credited([Member("1.jpg", b""), image, refused]) == [
        ("1.json", ("too_many_bytes", "9 bytes, at most 8")),
        ("1.jpg", ("bad_metadata", "1.json: too_many_bytes")),
        ("1.png", ("not_a_file", "a pipe")),
    ]


def test_only_so_many_wait_and_what_comes_too_late_is_told() -> None:
    many = [(f"photo.{number}.jpg", b"") for number in range(beside.MAX_FILES + 10)]
    assert given(*many) == [(name, DEFAULT) for name, _ in many]
    early = given(("photo.json", {"license": "x"}), *many)
    assert early == [(name, DEFAULT._replace(license="x")) for name, _ in many]
    late = given(*many, ("photo.json", {"license": "x"}))
    assert len(late) == len(many) + 1
    reason = ("bad_metadata", "it comes after too many files of its sample")
    assert late[beside.MAX_FILES + 1] == ("photo.json", reason)
    assert late[-1][1][0] == "bad_metadata"


def test_only_so_many_bytes_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MAX_WAITING_BYTES", 10)
    seen: list[str] = []

    def members() -> Iterable[Member]:
        for number in range(6):
            yield Member(f"x.{number}", b"12345")
            seen.append(f"x.{number}")

    first, _ = next(iter(beside.credited(members(), DEFAULT, KEYS)))
    assert (first.name, len(seen)) == ("x.0", 2)


def test_a_title_is_cut() -> None:
    [(_, credit)] = given(("1.jpg", b""), ("1.txt", b"word " * 10_000))
    assert len(credit.title) == beside.MAX_TITLE_LENGTH
