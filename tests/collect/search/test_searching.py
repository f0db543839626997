"""What all sources that search have in common, by the one whose pages are simplest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collect.search.services import QUICK, Service, reply
from tests.collect.sources import openverse_api as api
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.search import found
from vsfa_data.collect.search.searching import SearchSource
from vsfa_data.collect.sources.openverse import OpenverseSource
from vsfa_data.errors import SetupError

FIRST = {"rifle": 0, "dog": 100, "cat": 200, "gun": 30}
"""Number of the first of 45 results of each search; `rifle` and `gun` have some in common."""


def answer(params: dict[str, str]) -> dict[str, Any]:
    first = FIRST[params["q"]]
    return api.page([api.result(number) for number in range(first, first + 45)], params)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with Service(answer) as running:
        monkeypatch.setenv(VARIABLE, running.address)
        monkeypatch.setattr(OpenverseSource, "api", running.url())
        monkeypatch.setattr(OpenverseSource, "pause_s", 0.0)
        yield running


def source(folder: Path | None, *queries: str, **options: Any) -> SearchSource:
    chosen = OpenverseSource.Options.model_validate({"queries": queries or ("rifle",), **options})
    return OpenverseSource(chosen, FetchSection.model_validate(QUICK), folder)


def numbers(found: SearchSource) -> list[int]:
    return [int(one.source_ref[-12:], 16) for one in found.iterate()]


def asked(service: Service) -> list[tuple[str, str]]:
    taken = [(params["q"], params["page"]) for params in service.asked]
    service.asked.clear()
    return taken


@pytest.mark.usefixtures("service")
def test_searches_take_turns(tmp_path: Path) -> None:
    found = source(tmp_path, "rifle", "dog", per_query=2)
    assert not found.is_listed()
    assert found.length() is None
    assert list(found.list_all()) == [0, 2, 2]
    assert found.is_listed()
    assert found.length() == 4
    assert numbers(found) == [0, 100, 1, 101]


@pytest.mark.usefixtures("service")
def test_what_two_searches_found_is_listed_once(tmp_path: Path) -> None:
    found = source(tmp_path, "rifle", "gun", per_query=45)
    list(found.list_all())
    assert sorted(numbers(found)) == list(range(75))


def test_what_was_answered_once_is_not_asked_again(service: Service, tmp_path: Path) -> None:
    found = source(tmp_path, "rifle", "dog")
    list(found.list_all())
    before, snapshot = numbers(found), found.snapshot()
    service.answer = lambda params: api.page([api.result(999)], params)
    again = source(tmp_path, "rifle", "dog")
    asked(service)
    assert again.is_listed()
    assert list(again.list_all()) == [40]
    assert (numbers(again), again.snapshot(), asked(service)) == (before, snapshot, [])


def test_only_what_is_new_is_asked_for(service: Service, tmp_path: Path) -> None:
    list(source(tmp_path, "rifle").list_all())
    asked(service)
    list(source(tmp_path, "dog", "rifle", "cat").list_all())
    assert asked(service) == [("dog", "1"), ("cat", "1")]
    more = source(tmp_path, "rifle", per_query=45)
    list(more.list_all())
    assert asked(service) == [("rifle", "2"), ("rifle", "3")]
    assert numbers(more) == list(range(45))
    less = source(tmp_path, "rifle", per_query=3)
    assert less.is_listed()
    assert numbers(less) == [0, 1, 2]


@pytest.mark.usefixtures("service")
def test_other_options_are_another_question(tmp_path: Path) -> None:
    list(source(tmp_path).list_all())
    assert not source(tmp_path, licenses=["cc0"]).is_listed()
    assert not source(tmp_path, size="thumbnail").is_listed()


@pytest.mark.usefixtures("service")
def test_the_snapshot_is_that_of_the_images(tmp_path: Path) -> None:
    snapshots = []
    for number, queries in enumerate([("rifle",), ("rifle",), ("dog",), ("rifle", "dog")]):
        found = source(tmp_path / str(number % 2), *queries)
        list(found.list_all())
        snapshots.append(found.snapshot())
    assert snapshots[0] == snapshots[1]
    assert len(set(snapshots)) == 3


def test_asking_anew_takes_what_is_said_now(service: Service, tmp_path: Path) -> None:
    found = source(tmp_path)
    list(found.list_all())
    service.answer = lambda params: api.page([api.result(999)], params)
    found.list_anew()
    assert not found.is_listed()
    list(found.list_all())
    assert numbers(found) == [999]


def test_an_interrupted_listing_goes_on(service: Service, tmp_path: Path) -> None:
    pages = source(tmp_path, "rifle", "dog", per_query=45).list_all()
    assert [next(pages) for _ in range(3)] == [0, 20, 20]
    pages.close()  # type: ignore[attr-defined]  # it is a generator
    asked(service)
    again = source(tmp_path, "rifle", "dog", per_query=45)
    assert list(again.list_all()) == [40, 5, 20, 20, 5]
    assert asked(service) == [("rifle", "3"), ("dog", "1"), ("dog", "2"), ("dog", "3")]


KILLED = """
import os, sys
from pathlib import Path
from tests.collect.search.test_searching import OpenverseSource, source
OpenverseSource.api, OpenverseSource.pause_s = sys.argv[1], 0.0
for number, _ in enumerate(source(Path(sys.argv[2]), "rifle", "dog", per_query=45).list_all()):
    if number == int(sys.argv[3]):
        os.kill(os.getpid(), 9)
"""


def test_a_killed_listing_goes_on_and_ends_the_same(service: Service, tmp_path: Path) -> None:
    for kill_at in (2, 2, 1, 99):
        command = [sys.executable, "-c", KILLED, service.url(), str(tmp_path), str(kill_at)]
        subprocess.run(command, env=os.environ, check=False)
    assert len(asked(service)) == 6
    killed, whole = (source(tmp_path / at, "rifle", "dog", per_query=45) for at in ("", "whole"))
    assert killed.is_listed()
    list(whole.list_all())
    assert killed.snapshot() == whole.snapshot()


def test_a_search_that_finds_nothing_fit_ends(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "MAX_ANSWERS", 3)
    endless = {"result_count": 10**9, "page_count": 10**9, "page_size": 20, "page": 1}
    service.answer = lambda _: endless | {"results": [{"id": None}]}
    empty = source(tmp_path)
    list(empty.list_all())
    assert asked(service) == [("rifle", "1"), ("rifle", "2"), ("rifle", "3")]
    assert [one.reason for one in empty.iterate()] == ["incomplete_result"] * 3


def test_a_failed_search_is_named(service: Service, tmp_path: Path) -> None:
    service.fail(reply(500))
    with pytest.raises(
        SetupError, match=r"could not be searched for 'rifle'.*Run the same command"
    ):
        list(source(tmp_path).list_all())


def test_without_a_folder_there_is_no_listing() -> None:
    with pytest.raises(ValueError, match="needs a folder"):
        source(None).is_listed()
