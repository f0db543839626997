from __future__ import annotations

import pytest

from vsfa_data.collect.search import found
from vsfa_data.collect.search.found import Found
from vsfa_data.collect.search.record import BEGINNING, Page
from vsfa_data.collect.source import Candidate


def page(query: str, *references: str, following: int | None = None) -> Page:
    """An answer; references that begin with `-` are of images that cannot be had."""
    images = (
        Candidate(one, reason="license_unknown") if one.startswith("-") else Candidate(one, url="u")
        for one in references
    )
    return Page(query, tuple(images), None if following is None else {"page": following})


def names(all_: Found) -> dict[str, list[str]]:
    return {query: [one.source_ref for one in images] for query, images in all_.images.items()}


def test_searches_go_on_in_their_order_until_they_have_enough_or_end() -> None:
    all_ = Found(["a", "b"], per_query=2)
    assert all_.next() == ("a", BEGINNING)
    all_.add(page("a", "1", following=2))
    assert all_.next() == ("a", {"page": 2})
    all_.add(page("a", "2", "3", following=3))
    assert all_.next() == ("b", BEGINNING)
    all_.add(page("b", "4"))
    assert all_.next() is None
    assert names(all_) == {"a": ["1", "2"], "b": ["4"]}
    assert (all_.length, all_.pages) == (3, 3)


def test_images_that_cannot_be_had_are_kept_and_do_not_count() -> None:
    all_ = Found(["a"], per_query=1)
    all_.add(page("a", "-1", "-2", "3", "-4", "5"))
    assert names(all_) == {"a": ["-1", "-2", "3"]}


def test_an_image_is_with_the_first_answer_that_has_room_for_it() -> None:
    all_ = Found(["a", "b"], per_query=1)
    all_.add(page("b", "1", "2"))
    all_.add(page("a", "1", "2"))
    assert names(all_) == {"a": ["2"], "b": ["1"]}


def test_answers_to_other_searches_are_numbered_and_left_out() -> None:
    all_ = Found(["a"], per_query=5)
    all_.add(page("other", "1"))
    assert (names(all_), all_.length, all_.pages) == ({"a": []}, 0, 1)


def test_a_search_is_given_up_after_many_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "MAX_ANSWERS", 2)
    all_ = Found(["a"], per_query=5)
    for number in (2, 3):
        assert all_.next() is not None
        all_.add(page("a", following=number))
    assert all_.next() is None
