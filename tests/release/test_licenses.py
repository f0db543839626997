import csv
from io import StringIO
from typing import Any

import pytest

from tests.release.samples import HOSTILE
from vsfa_data.release.licenses import COLUMNS, LicenseList, cell


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
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
    listed.add("threat", row)
    lines = list(csv.DictReader(StringIO(out.getvalue(), newline="")))
    assert lines == [
        dict.fromkeys(COLUMNS, "x") | {"config": "threat", "license": "", "title": "'" + HOSTILE}
    ]
