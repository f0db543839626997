"""What is remembered of each question while all images are read."""

from __future__ import annotations

from typing import Any

from vsfa_data import tables
from vsfa_data.ask.candidates import Candidates, by_image

LONG = "A red cup stands on a wooden table."


def _row(image_id: str, unit: int, family: str, **more: Any) -> dict[str, Any]:
    made = dict.fromkeys(tables.ASKED.names) | {
        "image_id": image_id,
        "unit": unit,
        "about": ["caption"],
        "group": "description",
        "free": True,
        "opener": False,
        "weight": 1.0,
        "question": "What is it?",
        "answer": LONG,
        "family": family,
        "template_id": f"{family}/1",
        "template_version": "1.0.0",
        "answer_source": "caption",
    }
    return made | more


def test_units_with_their_pairs_words_and_places() -> None:
    found = Candidates()
    rows = [
        _row("a", 0, "one"),
        _row("a", 1, "two", answer="Yes."),
        _row("a", 1, "two", answer="No."),
        _row("a", 2, "two", answer="Cup.", after=0, after_id="one/1"),
        _row("b", 0, "one", free=False),
    ]
    found.add(tables.ASKED.build(rows[:4]))
    found.add(tables.ASKED.build(rows[4:]))
    assert list(found) == ["a", "b"]
    first, second, third = found.of("a")
    assert [one.pairs for one in (first, second, third)] == [1, 2, 1]
    assert [one.words for one in (first, second, third)] == [11, 8, 4]
    assert [one.kind for one in (first, second, third)] == [(0, 0), (1, 0), (1, 1)]
    assert (first.after, third.after) == (-1, 0)
    (other,) = found.of("b")
    assert other.kind == first.kind
    # Only a long answer in a model's own words is to be found nowhere else.
    assert first.text != 0
    assert (second.text, other.text) == (0, 0)


def test_the_same_answer_has_the_same_hash_whatever_its_case() -> None:
    found = Candidates()
    found.add(tables.ASKED.build([_row("a", 0, "one"), _row("b", 0, "x", answer=LONG.upper())]))
    assert found.of("a")[0].text == found.of("b")[0].text


def test_rows_come_image_by_image() -> None:
    rows = [{"image_id": "a"}, {"image_id": "a"}, {"image_id": "b"}]
    assert list(by_image(rows)) == [("a", rows[:2]), ("b", rows[2:])]
    assert list(by_image([])) == []
