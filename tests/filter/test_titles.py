"""What titles say, on titles of the sample and on others that are easily misread."""

from __future__ import annotations

import csv

import pytest

from vsfa_data import resources
from vsfa_data.filter import titles


def test_the_titles_of_the_sample_are_understood() -> None:
    with (resources.PACKAGE / "sample" / "sample.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = titles.named([row["title"] for row in rows])
    wrong = [
        row["title"]
        for row, term in zip(rows, found, strict=True)
        if (row["kind"] == "threat") != (term is not None)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("title", "term"),
    [
        ("File:M16_rifle-2.jpg", "m16"),
        ("TWO WOLVES", "wolves"),
        ("Forest\u00a0fire near the lake", "forest fire"),
        ("Child with a toy gun", None),
        ("Teddy bears", None),
        ("Teddy bear beside a hunting rifle", "rifle"),
        ("Swiss army knives", None),
        ("A bowl of blood oranges", None),
        ("Sunset over a fireplace", None),
        ("Begun", None),
        ("DSC_0012", None),
        ("\u72fc", None),
        ("", None),
        (None, None),
    ],
)
def test_titles_that_are_easily_misread(title: str | None, term: str | None) -> None:
    assert titles.named([title]) == [term]
