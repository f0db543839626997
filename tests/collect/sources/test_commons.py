from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collect.search.services import QUICK, USER_AGENT, Service, reply
from tests.collect.sources import commons_api as api
from tests.collect.sources import strange
from vsfa_data import parts
from vsfa_data.collect.fetch import client
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.commons import CommonsSource
from vsfa_data.errors import SetupError, UserError

CC = "https://creativecommons.org"


def example(tmp_path: Path) -> Iterator[CommonsSource]:
    """For the contract test; see there. The service is gone before anything is listed."""
    pages = [api.page(number) for number in range(1, 31)]
    with (
        Service(lambda params: api.answer(pages, params)) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(VARIABLE, running.address)
        patch.setattr(CommonsSource, "api", running.url())
        found = source(tmp_path)
        list(found.list_all())
    yield found


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Commons with 120 results for any search."""
    pages = [api.page(number) for number in range(1, 121)]
    with Service(lambda params: api.answer(pages, params)) as running:
        monkeypatch.setenv(VARIABLE, running.address)
        monkeypatch.setattr(CommonsSource, "api", running.url())
        monkeypatch.setattr(CommonsSource, "wait_s", 0.01)
        monkeypatch.setattr(client, "BACK_OFF_S", 0.01)
        yield running


def source(folder: Path, fetch: dict[str, Any] | None = None, **options: Any) -> CommonsSource:
    chosen = CommonsSource.Options.model_validate({"queries": ["rifle"], **options})
    section = FetchSection.model_validate(QUICK | (fetch or {}))
    return CommonsSource(chosen, section, folder)


def listed(folder: Path, **options: Any) -> list[Candidate]:
    found = source(folder, **options)
    assert sum(found.list_all()) == found.length()
    return list(found.iterate())


def one(service: Service, folder: Path, page: Any) -> Candidate:
    """What becomes of a result that is not as usual."""
    service.answer = lambda params: api.answer([page], params)
    (found,) = listed(folder)
    return found


def test_its_name_is_its_files_name() -> None:
    assert parts.load("sources", CommonsSource.name) is CommonsSource


def test_a_documented_result_becomes_a_candidate(service: Service, tmp_path: Path) -> None:
    assert one(service, tmp_path, api.page(7)) == Candidate(
        "M7",
        url=f"{api.UPLOAD}/thumb/a/a2/T-45A_Goshawk_7.jpg/960px-T-45A_Goshawk_7.jpg",
        license="CC-BY-SA-4.0",
        license_url=f"{CC}/licenses/by-sa/4.0/",
        attribution="Ann Lee",
        title="T-45A Goshawk 03",
        page_url=f"{api.SITE}/wiki/File:T-45A_Goshawk_7.jpg",
    )


def test_what_is_asked(service: Service, tmp_path: Path) -> None:
    listed(tmp_path, queries=["battle tank"], width_px=500)
    asked = service.asked[0]
    assert asked.pop("iiextmetadatafilter").split("|")[0] == "Artist"
    assert asked == {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "maxlag": "5",
        "generator": "search",
        "gsrsearch": "filetype:bitmap battle tank",
        "gsrnamespace": "6",
        "gsrlimit": "50",
        "prop": "imageinfo",
        "iiprop": "url|size|mime|extmetadata",
        "iiurlwidth": "500",
        "iiextmetadatalanguage": "en",
    }
    assert service.headers[0]["user-agent"] == USER_AGENT


def test_results_come_by_rank_and_pages_by_their_continuation(
    service: Service, tmp_path: Path
) -> None:
    found = listed(tmp_path, per_query=110)
    assert [one.source_ref for one in found] == [f"M{number}" for number in range(1, 111)]
    assert [asked.get("gsroffset") for asked in service.asked] == [None, "50", "100"]
    assert service.asked[1]["continue"] == "gsroffset||"


def test_pages_end_where_the_results_do(service: Service, tmp_path: Path) -> None:
    assert len(listed(tmp_path, per_query=500)) == 120
    service.answer = lambda _: {"batchcomplete": True}
    assert listed(tmp_path / "other") == []


def test_descriptions_that_come_bit_by_bit_are_put_together(
    service: Service, tmp_path: Path
) -> None:
    pages = [api.page(number) for number in (1, 2)]
    bare = [{key: page[key] for key in ("pageid", "title", "index")} for page in pages]

    def answer(params: dict[str, str]) -> dict[str, Any]:
        if "iistart" in params:
            return {"batchcomplete": True, "query": {"pages": [bare[0], pages[1]]}}
        following = {"iistart": "2009-09-30T06:04:51Z", "continue": "||"}
        return {"continue": following, "query": {"pages": [pages[0], bare[1]]}}

    service.answer = answer
    found = listed(tmp_path)
    assert [(one.source_ref, one.license) for one in found] == [
        ("M1", "CC-BY-SA-4.0"),
        ("M2", "CC-BY-SA-4.0"),
    ]
    assert service.asked[1]["iistart"] == "2009-09-30T06:04:51Z"
    assert service.asked[1]["gsrsearch"] == "filetype:bitmap rifle"


@pytest.mark.parametrize(
    ("following", "message"),
    [
        ({"gsroffset": 50, "continue": "gsroffset||"}, "its pages lead round in a circle"),
        ({"iistart": "x", "continue": "||"}, "a page of results without end"),
    ],
)
def test_answers_without_end_end(
    service: Service, tmp_path: Path, following: dict[str, Any], message: str
) -> None:
    batch = {"batchcomplete": True} if "gsroffset" in following else {}
    service.answer = lambda _: {**batch, "continue": following, "query": {"pages": []}}
    with pytest.raises(SetupError, match=message):
        list(source(tmp_path).list_all())
    assert len(service.asked) <= 20


def test_a_continuation_changes_no_other_parameter(service: Service, tmp_path: Path) -> None:
    pages = [api.page(number) for number in range(1, 61)]

    def answer(params: dict[str, str]) -> dict[str, Any]:
        told = api.answer(pages, params)
        if "continue" in told:
            told["continue"] |= {"action": "login", "iiurlwidth": 20, "gsrcontinue": ["x"]}
        return told

    service.answer = answer
    listed(tmp_path, per_query=60)
    assert (service.asked[1]["action"], service.asked[1]["iiurlwidth"]) == ("query", "960")
    assert "gsrcontinue" not in service.asked[1]


def test_only_licences_that_the_recipe_allows(service: Service, tmp_path: Path) -> None:
    service.answer = lambda params: api.answer(
        [api.page(1), api.page(2, License="cc0", LicenseUrl=None)], params
    )
    found = listed(tmp_path, licenses=["cc0", "pd"])
    assert [(one.license, one.reason, one.detail) for one in found] == [
        (None, "license_not_allowed", "CC-BY-SA-4.0"),
        ("CC0-1.0", None, None),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"pageid": None}, "incomplete_result"),
        ({"pageid": -1}, "incomplete_result"),
        ({"pageid": 10**4000}, "incomplete_result"),
        ({"pageid": "7"}, "incomplete_result"),
        ({"imageinfo": None}, "license_unknown"),
        ({"imageinfo": []}, "license_unknown"),
        ({"imageinfo": [7]}, "license_unknown"),
        ({"imageinfo": [{"extmetadata": []}]}, "license_unknown"),
        ({"index": "first"}, None),
        ({"title": None}, None),
    ],
    ids=str,
)
def test_no_field_is_trusted(
    service: Service, tmp_path: Path, changed: dict[str, Any], reason: str | None
) -> None:
    assert one(service, tmp_path, api.page(1) | changed).reason == reason


@pytest.mark.parametrize(
    ("changed", "url"),
    [
        ({"thumburl": None}, f"{api.UPLOAD}/a/a2/T-45A_Goshawk_1.jpg"),
        ({"thumburl": "file:///etc/passwd"}, f"{api.UPLOAD}/a/a2/T-45A_Goshawk_1.jpg"),
        ({"thumburl": None, "url": None}, None),
        ({"descriptionurl": "javascript:alert(1)", "thumburl": "https://x.org/"}, "https://x.org/"),
    ],
    ids=str,
)
def test_addresses(
    service: Service, tmp_path: Path, changed: dict[str, Any], url: str | None
) -> None:
    page = api.page(1)
    page["imageinfo"][0] |= changed
    found = one(service, tmp_path, page)
    assert found.url == url
    assert found.reason == (None if url else "incomplete_result")
    assert (found.page_url is None) == ("descriptionurl" in changed)


def test_what_is_no_result_at_all_is_counted(service: Service, tmp_path: Path) -> None:
    odd = [None, 7, "text", [], {}]
    service.answer = lambda _: {"batchcomplete": True, "query": {"pages": [*odd, api.page(1)]}}
    found = listed(tmp_path)
    assert [one.reason for one in found] == ["incomplete_result"] * 5 + [None]
    assert len({one.source_ref for one in found}) == 6


@pytest.mark.parametrize("busy", [api.lagging(0.02), api.error("ratelimited")], ids=["lag", "rate"])
def test_it_is_patient_with_a_busy_service(
    service: Service, tmp_path: Path, busy: dict[str, Any]
) -> None:
    service.fail(reply(200, busy), reply(200, busy))
    assert list(source(tmp_path).list_all()) == [0, 20]
    assert len(service.asked) == 3


@pytest.mark.parametrize("seconds", [3600, float("inf"), 10**400])
def test_its_patience_ends(service: Service, tmp_path: Path, seconds: float) -> None:
    service.fail(reply(200, api.lagging(seconds)))
    with pytest.raises(SetupError, match=r"fewer requests .*it says: maxlag"):
        list(source(tmp_path).list_all())
    assert len(service.asked) == 1


def test_a_service_that_is_always_busy_is_given_up(service: Service, tmp_path: Path) -> None:
    service.answer = lambda _: api.lagging(0.2)
    with pytest.raises(SetupError, match="maxlag"):
        list(source(tmp_path, {"total_timeout_s": 0.5}).list_all())
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (reply(200, api.error("badvalue")), "it says: badvalue"),
        (reply(200, {"error": 7}), "it says: an error"),
        (reply(200, {"error": {"code": "\x1b[31m" + "x" * 9999}}), "it says: \\[31mxxx"),
        (reply(200, []), "no JSON object"),
        (reply(200, b"<html>Sorry"), "not valid JSON"),
        (reply(403, b"Please set a user-agent"), "mend collect.fetch.user_agent"),
        (reply(429, b"", Retry_After="3600"), "HTTP 429"),
        (reply(502), "HTTP 502"),
        (reply(301, Location="http://[::1]/w/api.php"), "private network"),
    ],
    ids=lambda value: value.status if hasattr(value, "status") else None,
)
def test_a_failure_is_one_line_and_loses_nothing(
    service: Service, tmp_path: Path, failure: Any, message: str
) -> None:
    found = source(tmp_path, per_query=120)
    pages = found.list_all()
    assert [next(pages), next(pages)] == [0, 50]
    service.fail(failure)
    with pytest.raises(SetupError, match=message) as caught:
        next(pages)
    said = str(caught.value)
    assert said.startswith("Wikimedia Commons could not be searched for 'rifle': ")
    assert said.endswith("the 50 images found so far are kept")
    assert said.isprintable()
    assert len(said) < 1000
    assert list(found.list_all()) == [50, 50, 20]


def test_a_name_without_an_address_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the source 'commons' needs collect.fetch.user_agent"):
        source(tmp_path, {"user_agent": None}).require()
    source(tmp_path).require()


NAMES = (
    *("query", "pages", "continue", "batchcomplete", "error", "code", "lag", "value"),
    *api.page(1),
    *api.page(1)["imageinfo"][0],
    *api.USUAL,
)


@settings(deadline=None, max_examples=50)
@given(st.lists(strange.bent(api.page(1)), max_size=3), st.none() | strange.answers(NAMES))
def test_strange_results(pages: list[Any], following: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = {"batchcomplete": True, "continue": following, "query": {"pages": pages}}
        strange.check(source(Path(folder)), told)


@settings(deadline=None)
@given(strange.answers(NAMES))
def test_strange_answers(answer: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(CommonsSource, "wait_s", 10.0)  # longer than its patience
        strange.check(source(Path(folder)), answer)
