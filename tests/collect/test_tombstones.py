from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.collect.recipes import of_folder
from vsfa_data import tables
from vsfa_data.collect import tombstones
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.errors import UserError

ID = "0123456789abcdef" * 4


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_both_files_hold(tmp_path: Path) -> None:
    named = written(tmp_path / "mine.csv", f"image_id,source_ref,reason,date\n{ID},,x,2026-01-01\n")
    written(tmp_path / "tombstones.csv", "source_ref\na/b.png\n\n")
    found = tombstones.of(of_folder("x", tombstones=str(named)), tmp_path)
    assert found == Tombstones(frozenset({ID}), frozenset({"a/b.png"}))
    assert found.holds(ID, None)
    assert found.holds(None, "a/b.png")
    assert not found.holds("a/b.png", ID)
    assert not found.holds(None, None)


def test_no_file_lists_nothing(tmp_path: Path) -> None:
    found = tombstones.of(of_folder("x"), tmp_path)
    assert not found
    assert found.key == ""


def test_key_is_of_what_is_listed_and_of_nothing_else(tmp_path: Path) -> None:
    def key(text: str) -> str:
        written(tmp_path / "tombstones.csv", text)
        return tombstones.of(of_folder("x"), tmp_path).key

    assert key("source_ref,reason\na,x\nb,y\n") == key("source_ref\nb\na\na\n")
    assert key("source_ref\na\n") != key("source_ref\nb\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its header must be image_id,source_ref,reason,date, not$"),
        ("reason,date\n", "its header must be"),
        ("source_ref,why\nx,y\n", "its header must be .*, not source_ref,why"),
        ("image_id,source_ref\n,\n,x\nxyz,\n", "line 4: an image_id is 64 hexadecimal digits"),
        ("source_ref,reason\n,x\n", "line 2 has neither image_id nor source_ref"),
        ("source_ref,reason\nx\n", "line 2 has 1 cells, the header 2"),
        ('source_ref\n"x\n', "the row at line 2 has a double quote"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=f"cannot be used: {said}") as caught:
        tombstones.read(written(tmp_path / "t.csv", text))
    assert "\n" not in str(caught.value)


def test_other_ways_to_be_wrong(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"source_ref\n\xff\n")
    with pytest.raises(UserError, match="it is not UTF-8"):
        tombstones.read(tmp_path / "t.csv")
    with pytest.raises(UserError, match=r"collect\.tombstones .* is not a file"):
        tombstones.of(of_folder("x", tombstones="none.csv"), tmp_path)


def test_adding_keeps_what_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", 'reason,source_ref\nold,"a\nb,c"\n')
    row = {"image_id": ID, "source_ref": "=x", "reason": "new", "date": "2026-01-02"}
    tombstones.add(path, [row])
    old = dict.fromkeys(tombstones.COLUMNS, "") | {"source_ref": "a\nb,c", "reason": "old"}
    assert tombstones.read(path) == [old, row]
    tombstones.add(tmp_path / "new.csv", [row])
    assert tombstones.read(tmp_path / "new.csv") == [row]


def test_candidates_that_are_listed_are_not_to_be_had() -> None:
    def row(reference: str, **known: Any) -> dict[str, Any]:
        return dict.fromkeys(tables.CANDIDATES.names) | {"source_ref": reference, **known}

    given = [row("a", url="https://x"), row("b", data=b"x"), row("c", reason="bad_url", detail="d")]
    given.append(row("d", made_from="a prompt", maker=0))  # which would cost a model's time
    found = list(Tombstones(references=frozenset("acd")).marked(given))
    a, c, d = (row(name, reason="tombstoned") for name in "acd")
    assert found == [a, row("b", data=b"x"), c, d]


def test_what_is_listed_stands_last_in_the_order_of_references() -> None:
    given = [
        tables.reject("collect", reason, source_ref=reference)
        for reason, reference in (
            ("tombstoned", "z"),
            ("truncated", "y"),
            ("tombstoned", "a"),
            ("too_small", "b"),
        )
    ]
    assert [row["source_ref"] for row in tombstones.last(given)] == ["y", "b", "a", "z"]
