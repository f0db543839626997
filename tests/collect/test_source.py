from collections.abc import Iterator

import pytest

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
