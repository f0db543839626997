from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vsfa_data.resources import PACKAGE

ROOT = Path(__file__).parents[1]
# Abstract bases hold no behaviour; a contract test over all parts stands for each of them.
CONTRACTS = {"captioner.py"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


def test_every_module_has_a_test_file_of_the_same_name() -> None:
    missing = []
    for module in PACKAGE.rglob("*.py"):
        if module.name.startswith("__") or module.name in CONTRACTS:
            continue
        place = module.relative_to(PACKAGE)
        if not (ROOT / "tests" / place.parent / f"test_{place.name}").is_file():
            missing.append(str(place))
    assert missing == []


def test_the_readme_s_conversations_are_those_of_a_build(quickstart: Path) -> None:
    spec = importlib.util.spec_from_file_location("conversations", ROOT / "docs/conversations.py")
    assert spec
    assert spec.loader
    shown = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shown)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert shown.block(quickstart / "work").join(shown.MARKS) in text


def test_the_row_that_the_readme_begins_with_is_one_of_a_build(quickstart: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [line] = [one for one in text.splitlines() if one.startswith("| ![")]
    picture, said, concept, score, license_name = line.strip("| ").split(" | ")
    name = picture.rpartition("/")[2].rstrip(")")
    files = sorted((quickstart / "release" / "threat").glob("*.parquet"))
    rows = [row for path in files for row in pq.read_table(path).to_pylist()]
    [row] = [row for row in rows if row["source_ref"] == name]
    question, _, answer = said.partition(" \u2014 ")
    assert (question.strip("*"), answer) in [(one["question"], one["answer"]) for one in row["qa"]]
    assert (concept, license_name) == (row["concept"], row["license"])
    assert float(score) == pytest.approx(row["threat_score"], abs=5e-5)
