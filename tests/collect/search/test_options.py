from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from vsfa_data.collect.search.options import SearchOptions
from vsfa_data.collect.wording import Wording
from vsfa_data.errors import UserError


def test_words_of_all_concepts_are_searched_for_unless_queries_are_given() -> None:
    words = Wording.load("default")
    every = [one for told in (words.threat, words.neutral) for of in told.values() for one in of]
    assert SearchOptions().searches() == every
    assert SearchOptions(queries=("a", "b", "a")).searches() == ["a", "b"]


def test_some_concepts_with_and_without_neutral_ones() -> None:
    words = Wording.load("default")
    only = SearchOptions(concepts=("blades",), neutral=False)
    assert only.searches() == list(words.threat["blades"])
    assert set(SearchOptions(concepts=("blades",)).searches()) > set(only.searches())


def test_a_shared_phrase_is_one_search(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("version: 1.0.0\nthreat: {a: [x, y]}\nneutral: {b: [y, z]}\n")
    assert SearchOptions(words=str(path)).searches() == ["x", "y", "z"]


def test_an_unknown_concept_is_told() -> None:
    with pytest.raises(UserError, match="'pets' is no threat concept of the wording"):
        SearchOptions(concepts=("pets",)).searches()


@pytest.mark.parametrize("given", [{"queries": ()}, {"queries": ("",)}, {"per_query": 0}])
def test_options_that_mean_nothing_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SearchOptions.model_validate(given)
