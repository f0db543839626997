"""The table of families and whole conversations, from the quickstart's workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsfa_data.ask import report


def test_the_table_adds_up_with_the_funnel(quickstart: Path) -> None:
    found = report.families(quickstart / "work")
    manifest = json.loads((quickstart / "release" / "manifest.json").read_text())
    line = manifest["funnel"]["ask"]
    assert sum(one.asked for one in found.values()) == line["in"]
    assert sum(one.kept for one in found.values()) == line["kept"]
    assert {name: one.kept for name, one in found.items() if one.kept} == manifest["families"]
    reasons: dict[str, int] = {}
    for one in found.values():
        for reason, count in one.rejected.items():
            reasons[reason] = reasons.get(reason, 0) + count
    assert reasons == line["rejected"]
    assert len([one for one in found.values() if one.kept]) >= 25


def test_conversations_are_whole_and_spread(quickstart: Path) -> None:
    talks = list(report.conversations(quickstart / "work", 5))
    assert len({talk.image_id for talk in talks}) == 5
    for talk in talks:
        assert talk.config in {"threat", "control"}
        assert talk.source_ref.endswith((".png", ".jpg"))
        assert len(talk.pairs) == 6
    manifest = json.loads((quickstart / "release" / "manifest.json").read_text())
    everything = list(report.conversations(quickstart / "work", 1000))
    assert len(everything) == manifest["funnel"]["release"]["kept"]


def test_a_family_with_one_answer_is_flagged() -> None:
    same = report.Family(kept=30, words=30)
    same.answers.update({"yes.": 29, "no.": 1})
    assert same.flag == "yes."
    assert same.entropy_bits == pytest.approx(0.211, abs=0.001)
    same.answers.update({"no.": 29, "yes.": 1})
    same.kept = 60
    assert same.flag is None
    assert same.entropy_bits == pytest.approx(1.0)
    assert report.Family(kept=2, answers=same.answers).flag is None
    assert report.Family().as_json() == {
        "asked": 0,
        "kept": 0,
        "rejected": {},
        "mean_words": 0.0,
        "entropy_bits": 0.0,
        "nearly_always": None,
    }
