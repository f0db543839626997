"""Builds whose images a search service finds, from the question to the table of images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.collect import whole
from tests.collect.search.services import QUICK, Service, reply
from tests.collect.sources import commons_api, openverse_api
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.sources.commons import CommonsSource
from vsfa_data.collect.sources.openverse import OpenverseSource
from vsfa_data.errors import SetupError, UserError
from vsfa_data.pipeline import Job, Quiet, build
from vsfa_data.recipe import Recipe
from vsfa_data.workspace import Counts, Preparation


def picture(number: int) -> bytes:
    """A PNG that no other number gives."""
    file = BytesIO()
    Image.new("RGB", (32, 24), (number, 90, 200)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Openverse, with twelve results of which some cannot be had."""
    with Service(lambda params: openverse_api.page(results, params)) as running:
        running.files = {f"/{number}.png": picture(number) for number in range(12)}
        results = [
            openverse_api.result(number, url=running.url(f"/{number}.png")) for number in range(12)
        ]
        results[2] |= {"url": running.url("/gone.png")}
        results[3] |= {"url": "http://169.254.169.254/latest/meta-data"}
        results[4] |= {"license": "by-nd", "license_url": None, "license_version": "4.0"}
        results[5] |= {"license": None, "license_url": None}
        results[6] |= {"url": None}
        results[7] |= {"title": "<b>Tree</b>", "creator": None}
        monkeypatch.setenv(VARIABLE, running.address)
        for source in (OpenverseSource, CommonsSource):
            monkeypatch.setattr(source, "api", running.url())
        monkeypatch.setattr(OpenverseSource, "pause_s", 0.0)
        yield running


def recipe(*sources: dict[str, Any], **fetch: Any) -> Recipe:
    listed = sources or ({"source": "openverse", "queries": ["tree"]},)
    return whole.recipe(*listed, fetch=QUICK | fetch)


@pytest.mark.usefixtures("service")
def test_every_result_is_an_image_or_a_reject(tmp_path: Path) -> None:
    built = whole.collect(recipe(), tmp_path)
    assert built.funnel["collect"] == {
        "unit": "images",
        "in": 12,
        "kept": 7,
        "rejected": {
            "address_not_public": 1,
            "http_status": 1,
            "incomplete_result": 1,
            "license_not_allowed": 1,
            "license_unknown": 1,
        },
    }
    first = whole.images(tmp_path)[0]
    known = {"source", "source_ref", "license", "license_url", "attribution", "title", "page_url"}
    assert {name: first[name] for name in known} == {
        "source": "openverse",
        "source_ref": "00000000-0000-0000-0000-000000000000",
        "license": "CC0-1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": "Tim Sullivan",
        "title": "Tree Bark Photo 0",
        "page_url": "https://stocksnap.io/photo/0",
    }
    titles = {row["title"] for row in whole.images(tmp_path)}
    assert "Tree" in titles


def test_a_repeated_build_asks_nothing_and_finds_the_same(service: Service, tmp_path: Path) -> None:
    whole.collect(recipe(), tmp_path)
    before = whole.images(tmp_path)
    service.asked.clear()
    service.answer = lambda params: openverse_api.page([], params)
    service.files = {}
    built = whole.collect(recipe(), tmp_path)
    assert built.stages["collect"]["status"] == "reused"
    assert whole.images(tmp_path) == before
    assert service.asked == []


def test_relist_asks_anew_and_collects_what_is_found_now(service: Service, tmp_path: Path) -> None:
    whole.collect(recipe(), tmp_path)
    again = whole.collect(recipe(), tmp_path, relist=True)
    assert again.stages["collect"]["status"] == "reused"  # it still says the same
    only = openverse_api.result(9, url=service.url("/9.png"))
    service.answer = lambda params: openverse_api.page([only], params)
    changed = whole.collect(recipe(), tmp_path, relist=True)
    assert changed.stages["collect"]["status"] == "recomputed"
    assert changed.stages["collect"]["why"][0].startswith("listed: ")
    assert [row["source_ref"] for row in whole.images(tmp_path)] == [only["id"]]


def test_a_service_that_fails_leaves_what_was_collected(service: Service, tmp_path: Path) -> None:
    whole.collect(recipe(), tmp_path)
    before = whole.images(tmp_path)
    more = recipe({"source": "openverse", "queries": ["tree", "leaf"]})
    service.fail(reply(500))
    with pytest.raises(SetupError, match="could not be searched for 'leaf'"):
        whole.collect(more, tmp_path)
    assert whole.images(tmp_path) == before


def test_two_services_in_one_recipe(service: Service, tmp_path: Path) -> None:
    def answer(params: dict[str, str]) -> dict[str, Any]:
        if "gsrsearch" not in params:
            only = openverse_api.result(1, url=service.url("/1.png"))
            return openverse_api.page([only], params)
        page = commons_api.page(8)
        page["imageinfo"][0]["thumburl"] = service.url("/8.png")
        return commons_api.answer([page], params)

    service.answer = answer
    sources = ({"source": name, "queries": ["tree"]} for name in ("commons", "openverse"))
    whole.collect(recipe(*sources), tmp_path)
    found = [(row["source"], row["license"]) for row in whole.images(tmp_path)]
    assert found == [("commons", "CC-BY-SA-4.0"), ("openverse", "CC0-1.0")]
    assert len({path.parent.name for path in tmp_path.glob("work/listed-*/page-*.json")}) == 2


class Noting(Quiet):
    """Notes what a person would see."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int | None]] = []

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        self.seen.append((stage, total))

    def ended(self, stage: str, counts: Counts) -> None:
        self.seen.append((stage, counts.kept))


@pytest.mark.usefixtures("service")
def test_the_listing_is_shown_and_is_no_step_of_the_funnel(tmp_path: Path) -> None:
    noting = Noting()
    built = build(Job(recipe(), tmp_path, until="collect", workers=0), noting)
    assert noting.seen[:3] == [("list", None), ("list", 12), ("collect", 12)]
    assert list(built.funnel) == ["collect"]
    again = Noting()
    build(Job(recipe(), tmp_path, until="collect", workers=0), again)
    assert again.seen[0] == ("collect", 12)


@pytest.mark.usefixtures("service")
def test_without_an_address_nothing_is_asked_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"reached, and 'my-dataset/1\.0' holds none\."):
        whole.collect(recipe(user_agent="my-dataset/1.0"), tmp_path)
    assert not list(tmp_path.glob("work/*/*"))


def test_what_was_answered_is_there_for_people_to_read(service: Service, tmp_path: Path) -> None:
    whole.collect(recipe(), tmp_path)
    (page,) = tmp_path.glob("work/listed-openverse-*/page-*.json")
    told = json.loads(page.read_text(encoding="utf-8"))
    assert told["query"] == "tree"
    assert told["found"][4]["reason"] == "license_not_allowed"
    assert len(service.asked) == 1
