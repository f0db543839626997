"""Labels of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.filter import concepts
from vsfa_data.scoring import labels

WIDE = concepts.load("threats")


def read(tmp_path: Path, text: str) -> dict[str, str]:
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"needs the columns path and label; it has: none"),
        ("path,what\n", r"needs the columns path and label; it has: path, what"),
        ("path,label\na.png,sharks\n", r"line 2: 'sharks' is no label. Use threat, neutral, or"),
        ("path,label\na.png,shark\na.png,neutral\n", r"line 3: 'a.png' has two labels"),
        ("path,label\nz.png,shark\n", r"labels none of the pictures"),
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
