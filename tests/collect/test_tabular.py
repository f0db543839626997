"""What the sidecar and the list of addresses have in common; the rest is in their own tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vsfa_data.collect import tabular
from vsfa_data.collect.lines import MAX_LINE
from vsfa_data.collect.tabular import Tabular
from vsfa_data.errors import UserError

KINDS = ("x.csv", "x.jsonl", "x.parquet", "x.txt")


def table(path: Path, *, needs_credit: bool = False) -> Tabular:
    return Tabular(path, "list", "url", needs_credit)


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        list(table(path).rows())
    assert str(caught.value).isprintable()
    return str(caught.value).removeprefix(f"list {path} cannot be used: ")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        path.write_text("\n".join(lines))
    else:
        path.write_text("# a comment\n\n" + "\n".join(row["url"] for row in rows))
    return path


@pytest.mark.parametrize("name", KINDS)
def test_rows_come_in_order_and_as_they_are_read(tmp_path: Path, name: str) -> None:
    rows = [{"url": f"https://example.org/{number}"} for number in range(20_000)]
    read = table(write(tmp_path / name, rows)).rows()
    assert next(read)["url"].strip() == rows[0]["url"]
    assert [row["url"].strip() for row in read] == [row["url"] for row in rows[1:]]


def test_a_table_of_addresses_needs_no_credit_but_no_misspelt_one_either(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("url,caption,similarity\na,b,c\n")
    assert list(table(path).rows()) == [{"url": "a", "caption": "b", "similarity": "c"}]
    with pytest.raises(UserError, match="none of the columns title, license"):
        list(table(path, needs_credit=True).rows())
    for header in ("url,LICENSE", "url,licence", "url,license-url"):
        path.write_text(header + "\na,b\n")
        assert "did you mean 'license" in refused(path)


@pytest.mark.parametrize(("name", "line"), [("x.csv", 2), ("x.jsonl", 1), ("x.txt", 1)])
def test_a_line_without_end_is_not_read(tmp_path: Path, name: str, line: int) -> None:
    path = tmp_path / name
    path.write_text(("url\n" if name == "x.csv" else "") + "a" * (MAX_LINE + 1))
    assert refused(path) == f"line {line} has more than 1,000,000 characters; shorten or remove it"


def test_digest_needs_a_file_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        table(tmp_path / "gone.csv").digest()


def test_text_and_credits() -> None:
    row = {"url": " a ", "license": " MIT ", "title": "", "n": 5}
    assert tabular.text(row, "url", 1) == " a "
    assert tabular.credit(row, "license", 1) == "MIT"
    assert tabular.credit(row, "title", 1) is tabular.credit(row, "none", 1) is None
    with pytest.raises(ValueError, match="row 3: 'n' must be text, not 5"):
        tabular.text(row, "n", 3)


PARTS = st.sampled_from(
    [
        *(
            b"url",
            b"license",
            b",",
            b";",
            b'"',
            b"\n",
            b"\r",
            b"\0",
            b"{",
            b"}",
            b"[",
            b":",
            b"null",
        ),
        *(b"\xef\xbb\xbf", b"\xff", b"\\ud800", b"1e999", b"https://example.org/a", b"PAR1", b"#"),
    ]
)


def read_or_complaint(path: Path) -> list[tabular.Row] | str:
    try:
        return list(table(path).rows())
    except UserError as error:
        return str(error)


@given(st.sampled_from(KINDS), st.lists(PARTS | st.binary(max_size=9), max_size=40).map(b"".join))
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_rows_or_one_line_of_complaint(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = read_or_complaint(path)
    if isinstance(found, str):
        assert found.isprintable()
    else:
        assert all(isinstance(key, str) for row in found for key in row)


@given(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_parquet_file_with_any_bytes_changed(tmp_path: Path, data: st.DataObject) -> None:
    path = write(tmp_path / "x.parquet", [{"url": "a", "license": "MIT"}, {"url": "b"}])
    bytes_ = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        bytes_[data.draw(st.integers(0, len(bytes_) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes_)
    found = read_or_complaint(path)
    assert not isinstance(found, str) or found.isprintable()
