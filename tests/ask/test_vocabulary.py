"""Wordings by hand: neutral ones pass, all others are caught, and it is said why.

`neutral.txt` and `hostile.txt` were written before the vocabulary, the `_later` ones after it, the
hostile ones of them mostly of words that it allows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import wordings as measure
from vsfa_data.ask import neutrality, vocabulary
from vsfa_data.words import threats

FOLDER = Path(__file__).with_name("wordings")


@pytest.mark.parametrize(("name", "most_wrong"), [("neutral", 0), ("neutral_later", 2)])
def test_neutral_wordings_pass(name: str, most_wrong: int) -> None:
    texts = measure.lines(name)
    assert len(texts) >= 60
    assert len([one for one in texts if measure.refused(one)]) <= most_wrong


@pytest.mark.parametrize(("name", "least"), [("hostile", 0.95), ("hostile_later", 0.85)])
def test_hostile_wordings_are_caught_without_the_text_encoder(name: str, least: float) -> None:
    texts = measure.lines(name)
    assert len(texts) >= 90
    caught = [one for one in texts if measure.refused(one)]
    assert len(caught) / len(texts) >= least


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Is there a g u n here?", "'a g u n ' is no plain English spelling"),
        ("Is there a \u0261un here?", "'\\u0261' is no plain English spelling"),
        ("What colour is the bo mb?", "names a threat ('bomb'): pictures may show one, wordings"),
        ("What is it used for in this picture?", "it asks how something is made or used ('used"),
        ("Who is the woman on the left?", "it asks who somebody is ('who is the')"),
        ("Which country is the woman from?", "it asks who somebody is ('is the woman from')"),
        ("What colour is the man's skin?", "it asks who somebody is ('man skin')"),
        ("Was zeigt das Bild?", "it is not English"),
        ("Is there a zeppelin here?", "'zeppelin': no word for asking about pictures; use another"),
    ],
)
def test_why(text: str, why: str) -> None:
    assert (vocabulary.objection(text) or "").startswith(why)


def test_what_may_be_said_names_no_threat_and_judges_nothing() -> None:
    for entry in vocabulary.entries():
        assert threats.default().first_term(entry) is None, entry
        assert neutrality.default().first_term(entry) is None, entry
        assert vocabulary.objection(entry) is None, entry
