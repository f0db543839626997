"""The audit sample: every reject has the same chance, and nothing depends on order."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

from vsfa_data.filter.audit import COLUMNS, table


def columns(count: int) -> dict[str, list[Any]]:
    return {
        "image_id": [f"{number:04d}" for number in range(count)],
        "source": ["folder"] * count,
        "source_ref": [f" ={number}.png" for number in range(count)],
        "concept": ["blades"] * count,
        "concept_score": [0.3] * count,
        "threat_score": [None] * count,
        "neutral_concept": ["tools"] * count,
    }


def rows(found: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found.decode())))


def test_what_is_kept_or_stood_for_is_not_drawn() -> None:
    verdict = ["threat", "control", "near_duplicate", "not_matched", "look_alike"]
    found = rows(table(columns(5), verdict, 0, 50))
    assert {(row["image_id"], row["reason"]) for row in found} == {
        ("0003", "not_matched"), ("0004", "look_alike"),
    }  # fmt: skip
    assert list(found[0]) == list(COLUMNS)
    assert found[0]["label"] == found[0]["threat_score"] == ""
    assert all(row["source_ref"].startswith("' =") for row in found)


def test_the_order_of_rows_does_not_matter() -> None:
    there, verdict = columns(40), ["not_matched"] * 40
    back = {name: values[::-1] for name, values in there.items()}
    assert table(there, verdict, 3, 7) == table(back, verdict, 3, 7)


def test_every_reject_has_the_same_chance() -> None:
    drawn = Counter[str]()
    for seed in range(200):
        drawn.update(row["image_id"] for row in rows(table(columns(10), ["blurred"] * 10, seed, 2)))
    assert drawn.total() == 400
    assert all(20 < count < 62 for count in drawn.values())
    assert len(drawn) == 10
