"""Labels of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.filter import concepts
from vsfa_data.scoring import labels

WIDE = concepts.load("threats")


def read(tmp_path: Path, text: str) -> labels.Labels:
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding="utf-8-sig")
    return labels.read(file, ("a.png", "b.png", "c.png"), WIDE)


def test_labels_are_concepts_categories_words_or_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, "path,label\na.png,shark\nb.png,firearms\nc.png, Neutral \n".lower())
    assert found == {"a.png": "shark", "b.png": "firearms", "c.png": "neutral"}
    assert read(tmp_path, "path,label\na.png,1\nb.png,0\nc.png,\nz.png,nonsense\n") == {
        "a.png": "threat", "b.png": "neutral",
    }  # fmt: skip


def test_the_samples_own_table_serves(tmp_path: Path) -> None:
    text = (
        "file,title,kind,concept\na.png,x,threat,shark\nb.png,y,threat,dragon\nc.png,,neutral,x\n"
    )
    assert read(tmp_path, text) == {"a.png": "shark", "b.png": "threat", "c.png": "neutral"}


def test_labels_of_no_picture_are_counted(tmp_path: Path) -> None:
    found = read(tmp_path, "path,label\na.png,1\nz.png,0\ny.png,nonsense\nx.png,\nz.png,0\n")
    assert (found, found.missing) == ({"a.png": "threat"}, 2)


def test_paths_of_other_shells_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("path,label\r\n./in/a.png,1\r\nin\\b.png,0\r\n.\\in\\c.png,0\r\n")
    found = labels.read(file, ("in/a.png", "in/b.png", "in/c.png"), WIDE)
    assert (list(found), found.missing) == (["in/a.png", "in/b.png", "in/c.png"], 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"needs the columns path and label, separated by commas; it has: none"),
        ("path,what\n", r"needs the columns path and label, separated by .* has: path, what"),
        ("path,label\na.png,sharks\n", r"line 2: 'sharks' is no label. Use threat, neutral, or"),
        ("path,label\na.png,shark\na.png,neutral\n", r"line 3: 'a.png' has two labels"),
        ("path,label\nz.png,shark\n", r"labels none of the pictures; .*folder \('z.png' is none\)"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read(tmp_path, text)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read as labels"):
        labels.read(tmp_path, (), WIDE)
    (tmp_path / "bytes.csv").write_bytes(b"path,label\n\xff\xfe,1\n")
    with pytest.raises(UserError, match="cannot be read as labels"):
        labels.read(tmp_path / "bytes.csv", (), WIDE)
