from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vsfa_data.caption.prompted import reply_files
from vsfa_data.caption.prompted.replies import Reply, Usage
from vsfa_data.caption.prompted.reply_cache import Asked, ReplyCache
from vsfa_data.caption.prompted.reply_files import Sum
from vsfa_data.errors import UserError

ASKED = Asked("endpoint 1; model m", "What?", "1.0.0", {"max_new_tokens": 5, "temperature": 0.0})
SUBJECT = Asked("endpoint 1; model m", "Which?", "1.0.0", {"max_new_tokens": 2})
OTHER = Asked("transformers 1; sha256:ab", "What?", "1.0.0", {"max_new_tokens": 5})
IDS = [f"{at:064x}" for at in range(4)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "out" / "work" / "replies"
    cache = ReplyCache(place)
    cache.add(IDS[1], ASKED, Reply('A "dog".\n', usage=Usage(300, 20, 0.25)))
    cache.add(IDS[0], ASKED, Reply("A very long", "length", Usage(310, 40, 0.5)))
    cache.add(IDS[2], ASKED, Reply("", "refusal"))
    cache.add(IDS[0], SUBJECT, Reply("a dog", usage=Usage(300, 2)))
    cache.add(IDS[3], OTHER, Reply("Une \N{SNOWMAN}"))
    cache.close()
    return place


def test_sums_are_over_what_was_asked_of_a_captioner(folder: Path) -> None:
    assert reply_files.sums(folder) == [
        Sum("endpoint 1; model m", "1.0.0", 4, 1, 1, 910, 62, 0.75),
        Sum("transformers 1; sha256:ab", "1.0.0", 1, 0, 0, None, None, None),
    ]


def test_a_file_that_was_taken_in_elsewhere_is_the_same_file(folder: Path, tmp_path: Path) -> None:
    first, again, elsewhere = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "elsewhere"
    assert reply_files.export(folder, first) == 5
    assert reply_files.take_in(elsewhere, first) == 5
    assert reply_files.export(elsewhere, again) == 5
    assert first.read_bytes() == again.read_bytes()
    # An older export is replaced, and nothing else that stands there.
    assert reply_files.export(folder, first) == 5
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match=r"notes.txt exists and holds no replies, so it stays"):
        reply_files.export(folder, tmp_path / "notes.txt")
    with pytest.raises(UserError, match=r"cannot be written \(Is a directory\)"):
        reply_files.export(folder, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    cache = ReplyCache(elsewhere)
    assert cache.find(IDS[1], ASKED) == Reply('A "dog".\n')
    assert cache.find(IDS[2], ASKED) == Reply("", "refusal")
    assert cache.find(IDS[3], OTHER) == Reply("Une \N{SNOWMAN}")
    assert cache.find(IDS[3], ASKED) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_id": "../x"}, "line 2: image_id: "),
        ({"finish": "exploded"}, "line 2: finish: "),
        ({"text": 7}, "line 2: text: "),
        ({"extra": 1}, "line 2: extra: "),
        ({"input_tokens": -1}, "line 2: input_tokens: "),
        (None, "line 2: not JSON: "),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_taken_in(
    folder: Path, tmp_path: Path, change: dict[str, Any] | None, said: str
) -> None:
    file, elsewhere = tmp_path / "a.jsonl", tmp_path / "elsewhere"
    reply_files.export(folder, file)
    lines = file.read_text().splitlines()
    lines[1] = "{" if change is None else json.dumps(json.loads(lines[1]) | change)
    file.write_text("\n".join(lines))
    with pytest.raises(UserError, match=said):
        reply_files.take_in(elsewhere, file)
    assert not elsewhere.exists()


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert reply_files.sums(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UserError, match="cannot be read"):
        reply_files.take_in(tmp_path / "x", tmp_path / "none.jsonl")


def test_a_damaged_file_is_told(folder: Path) -> None:
    (folder / "replies.sqlite").write_bytes(b"no database" * 500)
    for end in ("-wal", "-shm"):
        (folder / f"replies.sqlite{end}").unlink(missing_ok=True)
    with pytest.raises(UserError, match="cannot be read"):
        reply_files.sums(folder)
