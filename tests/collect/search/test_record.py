from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsfa_data.collect.search.record import Page, Record
from vsfa_data.collect.source import Candidate
from vsfa_data.errors import SetupError, WorkspaceError

FULL = Candidate(
    "1",
    url="https://example.org/é.jpg",
    license="CC0-1.0",
    license_url="https://example.org/0",
    attribution="Ann \U0001f600",
    title='A "title"',
    page_url="https://example.org/1",
)
REFUSED = Candidate("2", reason="license_unknown", detail="GFDL")
PAGES = [Page("rifle", (FULL, REFUSED), {"page": 2, "continue": "x||"}), Page("dog", (), None)]


def filled(folder: Path) -> Record:
    record = Record(folder / "listed")
    for number, page in enumerate(PAGES):
        record.add(page, number)
    return record


def test_pages_come_back_as_they_were(tmp_path: Path) -> None:
    assert list(filled(tmp_path).pages()) == PAGES
    assert list(Record(tmp_path / "listed").pages()) == PAGES
    assert list(Record(tmp_path / "none").pages()) == []


def test_what_no_file_can_hold_is_replaced(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.add(Page("x", (Candidate("1", url="https://x/\ud800"),), None), 0)
    (page,) = record.pages()
    assert page.found[0].url == "https://x/?"


def test_a_cleared_record_is_empty_and_spares_what_is_not_its_own(tmp_path: Path) -> None:
    record = filled(tmp_path)
    mine = record.folder / "notes.txt"
    mine.write_text("mine")
    record.clear()
    assert list(record.pages()) == []
    assert list(record.folder.iterdir()) == [mine]
    Record(tmp_path / "none").clear()


def test_a_link_is_not_followed_when_clearing(tmp_path: Path) -> None:
    record = filled(tmp_path)
    (tmp_path / "link").symlink_to(record.folder)
    Record(tmp_path / "link").clear()
    assert list(record.pages()) == PAGES


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b'{"query":"a","found":[',
        b"[]",
        b"{}",
        json.dumps({"query": "a", "following": None, "found": [{"source_ref": "1"}]}).encode(),
        json.dumps({"query": "a", "following": None, "found": [{"other": "1"}]}).encode(),
        b"\xff",
    ],
)
def test_a_damaged_page_says_what_to_do(tmp_path: Path, damaged: bytes) -> None:
    record = filled(tmp_path)
    path = record.folder / "page-00001.json"
    path.write_bytes(damaged)
    with pytest.raises(WorkspaceError) as caught:
        list(record.pages())
    assert str(caught.value).startswith(f"{path} is damaged (")
    assert str(caught.value).endswith("with --relist, which asks the search services anew")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="cannot write"):
        Record(tmp_path / "file").add(PAGES[0], 0)
