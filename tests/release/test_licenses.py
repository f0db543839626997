import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.release.samples import HOSTILE
from vsfa_data.release.licenses import COLUMNS, NAME, LicenseList, cell, splits


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", "' =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("a=1", "a=1"),
        ("", ""),
        (None, ""),
    ],
)
def test_cells_that_spreadsheets_would_run(value: str | None, written: str) -> None:
    assert cell(value) == written


def test_lines() -> None:
    out = StringIO()
    listed = LicenseList(out)
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "x") | {"title": HOSTILE, "license": None}
    listed.add("threat", "test", row)
    lines = list(csv.DictReader(StringIO(out.getvalue(), newline="")))
    assert lines == [
        dict.fromkeys(COLUMNS, "x")
        | {"config": "threat", "split": "test", "license": "", "title": "'" + HOSTILE}
    ]


def test_splits_are_read_back_whatever_else_a_line_says(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with path.open("w", encoding="utf-8", newline="") as file:
        listed = LicenseList(file)
        row: dict[str, Any] = dict.fromkeys(COLUMNS, HOSTILE) | {"title": "x" * 200_000}
        for number, split in enumerate(("train", "test")):
            listed.add("control", split, row | {"image_id": f"i{number}"})
    assert dict(splits(path)) == {"i0": "train", "i1": "test"}
    path.write_text("image_id,config\ni0,threat\n")
    assert dict(splits(path)) == {}
