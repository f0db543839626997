"""Words that name threats, and names of harmless things that contain one."""

from __future__ import annotations

from vsfa_data.words import threats
from vsfa_data.words.phrases import Lexicon


def test_each_allowed_phrase_is_needed() -> None:
    lists = Lexicon.load(threats.LEXICON)
    strict = threats.checker(lists.model_copy(update={"allowed": ()}))
    assert [one for one in lists.allowed if strict.first_term(one) is None] == []
    assert [one for one in lists.allowed if threats.default().first_term(one)] == []


def test_categories_are_those_of_the_concept_sets() -> None:
    from vsfa_data.filter import concepts

    assert set(Lexicon.load(threats.LEXICON).terms) == set(concepts.load("threats").categories)
