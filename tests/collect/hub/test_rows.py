from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vsfa_data.collect.hub.own_files import OwnFiles
from vsfa_data.collect.hub.rows import Reading
from vsfa_data.collect.sidecar import Credit
from vsfa_data.collect.source import Candidate

DEFAULT = Credit(None, "CC0-1.0", None, "somebody")
READING = Reading(
    "image", {"title": "t", "license": "l"}, {"l": ["MIT", "ISC"]}, DEFAULT, OwnFiles("/nowhere")
)


def candidate(image: Any, title: Any = None, license_: Any = "x") -> Candidate:
    return READING.candidate("r", {"image": image, "t": title, "l": license_})


def test_bytes_with_their_credit() -> None:
    expected = Candidate("r", data=b"x", license="x", attribution="somebody", title="T")
    assert candidate(b"x", " T ") == expected
    assert candidate({"bytes": b"x", "path": "ignored"}, "T") == expected


def test_a_file_of_the_dataset_or_an_address(tmp_path: Path) -> None:
    reading = Reading("image", {}, {}, Credit(), OwnFiles(str(tmp_path)))
    for image in (str(tmp_path / "x.png"), {"bytes": None, "path": str(tmp_path / "x.png")}):
        assert reading.candidate("r", {"image": image}) == Candidate("r", path=tmp_path / "x.png")
    assert candidate("HTTPS://x/y").url == "HTTPS://x/y"


@pytest.mark.parametrize(
    ("image", "reason", "detail"),
    [
        (None, "unreadable", "the row has no image"),
        ({"bytes": None, "path": None}, "unreadable", "the row has no image"),
        ({}, "unreadable", "the row has no image"),
        ([b"x"], "unreadable", "the row's image is of the type list"),
        (3, "unreadable", "the row's image is of the type int"),
        ("/etc/passwd", "outside_dataset", None),
    ],
)
def test_what_is_no_image(image: Any, reason: str, detail: str | None) -> None:
    found = candidate(image)
    assert (found.reason, found.detail) == (reason, detail)


@pytest.mark.parametrize(
    ("value", "license_"),
    [("", None), (" ", None), (None, None), (" x ", "x"), (0, "MIT"), (1, "ISC"), (2, None)],
)
def test_licences_as_text_or_class(value: Any, license_: str | None) -> None:
    assert candidate(b"x", license_=value).license == license_


def test_a_credit_that_is_no_text_costs_the_row() -> None:
    found = candidate(b"x", title=["T"])
    assert (found.reason, found.detail, found.data) == ("bad_metadata", "'t' is not text", None)
