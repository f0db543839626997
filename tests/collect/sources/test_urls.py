from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.urls import UrlsSource
from vsfa_data.errors import UserError


def example(tmp_path: Path) -> Iterator[UrlsSource]:
    """For the contract that all sources keep."""
    yield source(listed(tmp_path / "list.csv", "url,license\nhttps://a.org/1,MIT\n,\nftp://x/,\n"))


def source(path: Path, **options: str) -> UrlsSource:
    return UrlsSource(UrlsSource.Options(path=str(path), **options))


def listed(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def message(found: UrlsSource) -> str:
    said = set()
    for act in (lambda: list(found.iterate()), found.length):
        with pytest.raises(UserError) as caught:
            act()
        said.add(str(caught.value))
    [text] = said
    assert text.isprintable()
    return text


ROWS = [
    {"url": "https://a.org/1", "license": "CC-BY-4.0", "license_url": "https://l.org", "n": "1"},
    {"url": " https://a.org/2\t", "license": "", "license_url": None, "n": "2"},
]


@pytest.mark.parametrize("name", ["x.csv", "x.JSONL", "x.parquet"])
def test_every_kind_says_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "x.parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif name == "x.JSONL":
        listed(path, "\n\n".join(map(json.dumps, ROWS)))
    else:
        rows = [",".join(value or "" for value in row.values()) for row in ROWS]
        listed(path, "\n".join([",".join(ROWS[0]), *rows]))
    given = source(path, license="MIT", license_url="https://m.org", attribution="Ann")
    known = {"attribution": "Ann"}
    assert list(given.iterate()) == [
        Candidate(
            *("https://a.org/1", None, None, "CC-BY-4.0", "https://l.org"),
            url="https://a.org/1",
            **known,
        ),
        # An empty cell means unknown; only a column that is not there has a default.
        Candidate("https://a.org/2", url="https://a.org/2", **known),
    ]
    assert given.length() == 2


def test_plain_lines(tmp_path: Path) -> None:
    path = listed(tmp_path / "x.txt", "\ufeff# mine\nhttps://a.org/1#top\n\n  https://a.org/2\n")
    found = list(source(path, license="MIT").iterate())
    assert [candidate.url for candidate in found] == ["https://a.org/1#top", "https://a.org/2"]
    assert {candidate.license for candidate in found} == {"MIT"}


def test_the_column_of_addresses_may_have_any_name(tmp_path: Path) -> None:
    path = listed(tmp_path / "x.csv", "URL,TEXT\nhttps://a.org/1,a\n")
    assert message(source(path)).endswith(
        "cannot be used: the column 'url' is missing; the header is ['URL', 'TEXT']. Did you mean "
        "'URL'? Rename it 'url'"
    )
    [found] = source(path, column="URL").iterate()
    assert found.url == "https://a.org/1"


def test_rows_that_lead_nowhere_are_counted_and_every_reference_is_its_own(tmp_path: Path) -> None:
    rows = [
        {"url": "https://a.org/1"},
        {"url": ""},
        {"url": "https://a.org/2", "license": "MIT"},
        {"url": "https://a.org/1"},
        {"url": 5},
        {"url": "https://a.org/\ud800"},
        {"url": "https://a.org/" + "a" * 9000},
        {"url": "https://a.org/1"},
        {},
    ]
    path = listed(tmp_path / "x.jsonl", "\n".join(map(json.dumps, rows)))
    found = list(source(path).iterate())
    assert [(candidate.source_ref, candidate.reason, candidate.detail) for candidate in found] == [
        ("https://a.org/1", None, None),
        ("row 2", "bad_url", "no address"),
        ("https://a.org/2", None, None),
        ("https://a.org/1 (row 4)", "repeated_address", None),
        ("row 5", "bad_url", "no address"),
        ("row 6", "bad_url", "no address"),
        ("row 7", "bad_url", "longer than 8192 characters"),
        ("https://a.org/1 (row 8)", "repeated_address", None),
        ("row 9", "bad_url", "no address"),
    ]
    assert source(path).length() == len(rows)


def test_snapshot_is_that_of_the_bytes_and_the_kind(tmp_path: Path) -> None:
    texts = ["https://a.org/1\n", "https://a.org/2\n"]
    seen = [source(listed(tmp_path / f"{n}.txt", text)).snapshot() for n, text in enumerate(texts)]
    assert len(set(seen)) == 2
    assert source(listed(tmp_path / "again.txt", texts[0])).snapshot() == seen[0]
    other = listed(tmp_path / "x.jsonl", texts[0])
    assert source(other).snapshot() not in seen


def test_the_number_of_rows_is_that_of_the_list_as_it_is_now(tmp_path: Path) -> None:
    path = listed(tmp_path / "x.txt", "https://a.org/1\n")
    assert source(path).length() == 1
    listed(path, "https://a.org/1\nhttps://a.org/2\n")
    assert source(path).length() == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.csv", "url\n", "it has no rows; put one address into each"),
        ("x.txt", "", "it has no rows; put one address into each"),
        ("x.jsonl", '{"url": "a"}\n{"url": "b", "license": 4}\n', "row 2: 'license' must be text"),
        ("x.jsonl", '{"url": "a"}\n{"url": "b", "licence": "c"}\n', "did you mean 'license'?"),
        ("x.csv", "url,license\na,b,c\n", "line 2 has 3 cells, the header 2"),
    ],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert said in message(source(listed(tmp_path / name, text)))


def test_a_list_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    listed(tmp_path / "x.xlsx", "")
    for name in ("gone.csv", "folder.csv", "x.xlsx"):
        assert message(source(tmp_path / name)) == (
            f"list of addresses {tmp_path / name} is not a .csv, .jsonl, .parquet or .txt file; "
            f"set 'path' of the source to one"
        )


def test_a_list_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nosuch\.csv is not a"):
        source(tmp_path / "nosuch.csv").require()
