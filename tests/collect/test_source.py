from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.sections import Section


class Counting(Source):
    Options = Section

    def iterate(self) -> Iterator[Candidate]:
        yield Candidate("a", data=b"x")

    def snapshot(self) -> str:
        return "1"


def test_length_is_unknown_unless_a_source_knows_it() -> None:
    assert Counting(Section()).length() is None


def test_source_reads_no_folder_unless_it_says_so() -> None:
    assert Counting(Section()).roots() == ()


def test_licence_is_unknown_unless_a_source_knows_it() -> None:
    found = next(Counting(Section()).iterate())
    assert (found.license, found.license_url, found.attribution, found.title) == (None,) * 4


def test_source_must_say_what_it_would_list() -> None:
    with pytest.raises(TypeError, match="iterate"):
        Source(Section())  # type: ignore[abstract]


def test_source_has_the_recipes_settings_for_fetching() -> None:
    assert Counting(Section()).fetch == FetchSection()
    polite = FetchSection(per_host=1)
    assert Counting(Section(), polite).fetch is polite


@pytest.mark.parametrize(
    "given", [{}, {"path": Path("x"), "data": b"x"}, {"url": "x", "reason": "bad_url"}]
)
def test_there_is_exactly_one_way_to_a_candidate(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one of path, data, url, made_from and reason"):
        Candidate("a", **given)
    ways: list[dict[str, Any]] = [{"path": Path("x")}, {"data": b""}, {"url": ""}]
    for one in (*ways, {"made_from": ""}, {"reason": "bad_url"}):
        Candidate("a", **one)


def test_source_asks_nobody_and_makes_nothing_unless_it_says_so() -> None:
    plain = Counting(Section())
    plain.require()
    plain.list_anew()
    assert plain.is_listed()
    assert list(plain.list_all()) == []
    assert plain.identity() is None
    plain.open()
    with pytest.raises(NotImplementedError, match="Counting makes nothing"):
        plain.make(["x"])
