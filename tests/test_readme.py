"""What README.md shows of the quickstart dataset is in it, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vsfa_data.resources import PACKAGE

README = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
PAIR = re.compile(r"^- \*(?P<question>.+)\* (?P<answer>.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows(quickstart: Path) -> dict[tuple[str, str], dict[str, object]]:
    columns = ["source_ref", "concept", "threat_score", "license", "qa"]
    return {
        (config, row["source_ref"]): row
        for config in ("threat", "control")
        for path in sorted((quickstart / "release" / config).glob("*.parquet"))
        for row in pq.read_table(path, columns=columns).to_pylist()
    }


def pairs(row: dict[str, object]) -> list[tuple[str, str]]:
    listed = row["qa"]
    assert isinstance(listed, list)
    return [(pair["question"], pair["answer"]) for pair in listed]


def test_its_conversations(rows: dict[tuple[str, str], dict[str, object]]) -> None:
    shown = README.partition("<!-- conversations -->")[2].partition("</details>")[0]
    found = re.split(r"^\*\*(.+)\*\* \((threat|control)\)$", shown, flags=re.MULTILINE)[1:]
    assert len(found) == 30, "ten conversations"
    for name, config, text in zip(found[::3], found[1::3], found[2::3], strict=True):
        told = [(one["question"], one["answer"]) for one in PAIR.finditer(text)]
        assert told == pairs(rows[config, name])


def test_the_row_that_it_begins_with(rows: dict[tuple[str, str], dict[str, object]]) -> None:
    [line] = [one for one in README.splitlines() if one.startswith("| ![")]
    picture, said, concept, score, license_name = line.strip("| ").split(" | ")
    row = rows["threat", picture.rpartition("/")[2].rstrip(")")]
    question, _, answer = said.partition(" \u2014 ")
    assert (question.strip("*"), answer) in pairs(row)
    assert (concept, license_name) == (row["concept"], row["license"])
    assert float(score) == pytest.approx(row["threat_score"], abs=5e-5)
