"""What every source promises, tried on an example of each.

The test file of a source has a generator `example(tmp_path)` that yields one, with whatever it
needs (a server, say) there until the generator is closed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vsfa_data import parts, tables
from vsfa_data.collect.source import Candidate, Source


@pytest.fixture(params=parts.names("sources"))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    module = importlib.import_module(f"tests.collect.sources.test_{request.param}")
    assert hasattr(module, "example"), f"{module.__name__} needs `example`, see above"
    with closing(module.example(tmp_path)) as examples:
        yield next(examples)


def test_it_lists_the_same_whenever_it_is_asked(source: Source) -> None:
    first = list(source.iterate())
    assert first
    assert list(source.iterate()) == first
    assert source.snapshot() == source.snapshot()
    assert 0 < len(source.snapshot()) < 200
    assert source.length() in {len(first), None}


def test_its_candidates_are_what_they_should_be(source: Source) -> None:
    found = list(source.iterate())
    assert all(isinstance(candidate, Candidate) for candidate in found)
    references = [candidate.source_ref for candidate in found]
    assert len(set(references)) == len(references)
    for candidate in found:
        assert candidate.path is None or candidate.path.is_absolute()
        assert candidate.reason is None or candidate.reason in tables.REASONS
        texts = (candidate.license, candidate.license_url, candidate.attribution, candidate.title)
        assert "" not in texts


def test_it_can_be_left_early(source: Source) -> None:
    listing = source.iterate()
    next(listing)
    assert isinstance(listing, Iterator)
    del listing
    assert next(source.iterate()) == next(source.iterate())


def test_its_folders_are_absolute(source: Source) -> None:
    assert all(root.is_absolute() for root in source.roots())
