from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collect.search.services import QUICK, USER_AGENT, Service, reply
from tests.collect.sources import openverse_api as api
from tests.collect.sources import strange
from vsfa_data import parts
from vsfa_data.collect.fetch import client
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.openverse import TOKEN, OpenverseSource
from vsfa_data.errors import SetupError, UserError

CC = "https://creativecommons.org"


def example(tmp_path: Path) -> Iterator[OpenverseSource]:
    """For the contract test; see there. The service is gone before anything is listed."""
    pages = [api.result(number) for number in range(1, 31)]
    with (
        Service(lambda params: api.page(pages, params)) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(VARIABLE, running.address)
        patch.setattr(OpenverseSource, "api", running.url())
        patch.setattr(OpenverseSource, "pause_s", 0.0)
        found = source(tmp_path)
        list(found.list_all())
    yield found


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Openverse with 45 results for any search."""
    results = [api.result(number) for number in range(45)]
    with Service(lambda params: api.page(results, params)) as running:
        monkeypatch.setenv(VARIABLE, running.address)
        monkeypatch.delenv(TOKEN, raising=False)
        monkeypatch.setattr(OpenverseSource, "api", running.url())
        monkeypatch.setattr(OpenverseSource, "pause_s", 0.0)
        monkeypatch.setattr(client, "BACK_OFF_S", 0.01)
        yield running


def source(folder: Path, fetch: dict[str, Any] | None = None, **options: Any) -> OpenverseSource:
    chosen = OpenverseSource.Options.model_validate({"queries": ["rifle"], **options})
    section = FetchSection.model_validate(QUICK | (fetch or {}))
    return OpenverseSource(chosen, section, folder)


def listed(folder: Path, **options: Any) -> list[Candidate]:
    found = source(folder, **options)
    assert sum(found.list_all()) == found.length()
    return list(found.iterate())


def one(service: Service, folder: Path, /, **changed: Any) -> Candidate:
    """What becomes of a result that is not as usual."""
    service.answer = lambda params: api.page([api.result(1, **changed)], params)
    (found,) = listed(folder)
    return found


def test_its_name_is_its_files_name() -> None:
    assert parts.load("sources", OpenverseSource.name) is OpenverseSource


def test_a_documented_result_becomes_a_candidate(service: Service, tmp_path: Path) -> None:
    assert one(service, tmp_path) == Candidate(
        "00000000-0000-0000-0000-000000000001",
        url="https://cdn.stocksnap.io/img-thumbs/960w/1.jpg",
        license="CC0-1.0",
        license_url=f"{CC}/publicdomain/zero/1.0/",
        attribution="Tim Sullivan",
        title="Tree Bark Photo 1",
        page_url="https://stocksnap.io/photo/1",
    )


def test_what_is_asked(service: Service, tmp_path: Path) -> None:
    listed(tmp_path, queries=["battle tank"], licenses=["by", "by-nc"])
    asked = {"q": "battle tank", "license": "by,by-nc", "page": "1", "page_size": "20"}
    assert service.asked[0] == asked
    assert service.headers[0]["user-agent"] == USER_AGENT
    assert "authorization" not in service.headers[0]


def test_sensitive_results_only_if_wanted(service: Service, tmp_path: Path) -> None:
    listed(tmp_path, mature=True)
    assert service.asked[0]["mature"] == "true"


def test_pages_are_asked_for_until_there_are_enough(service: Service, tmp_path: Path) -> None:
    found = listed(tmp_path, per_query=30)
    assert [one.source_ref for one in found] == [str(uuid.UUID(int=n)) for n in range(30)]
    assert [asked["page"] for asked in service.asked] == ["1", "2"]


def test_pages_end_where_the_results_do(service: Service, tmp_path: Path) -> None:
    assert len(listed(tmp_path, per_query=500)) == 45
    assert [asked["page"] for asked in service.asked] == ["1", "2", "3"]


def test_a_search_without_results_lists_nothing(service: Service, tmp_path: Path) -> None:
    service.answer = lambda params: api.page([], params)
    assert listed(tmp_path) == []
    assert len(service.asked) == 1


@pytest.mark.usefixtures("service")
def test_thumbnails_instead_of_files(tmp_path: Path) -> None:
    found = listed(tmp_path, size="thumbnail")[0]
    assert found.url == f"https://api.openverse.org/v1/images/{found.source_ref}/thumb/"


@pytest.mark.parametrize(
    ("code", "version", "url", "expected"),
    [
        ("by", "2.0", f"{CC}/licenses/by/2.0/", "CC-BY-2.0"),
        ("by-sa", "4.0", f"{CC}/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("BY-SA", "4.0", f"{CC}/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("by-sa", "3.0", f"{CC}/licenses/by-sa/3.0/de/", "CC-BY-SA-3.0-DE"),
        ("by", "2.0", None, "CC-BY-2.0"),
        ("by", None, f"{CC}/licenses/by/2.0/", "CC-BY-2.0"),
        ("pdm", "1.0", f"{CC}/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("by", "2.0", f"{CC}/licenses/by/4.0/", "license_unknown"),
        ("by", "2.0", f"{CC}/licenses/by-nc/2.0/", "license_unknown"),
        ("by", None, f"{CC}/licenses/by-sa/2.0/", "license_unknown"),
        ("by", None, None, "license_unknown"),
        (None, None, None, "license_unknown"),
        (7, ["4.0"], {"by": 4}, "license_unknown"),
        ("sampling+", "1.0", f"{CC}/licenses/sampling+/1.0/", "license_unknown"),
        ("by-nc", "2.0", f"{CC}/licenses/by-nc/2.0/", "license_not_allowed"),
        ("by-nd", "4.0", f"{CC}/licenses/by-nd/4.0/", "license_not_allowed"),
    ],
)
def test_licences(
    service: Service, tmp_path: Path, code: Any, version: Any, url: Any, expected: str
) -> None:
    found = one(service, tmp_path, license=code, license_version=version, license_url=url)
    assert expected == (found.license or found.reason)
    assert (found.license is None) == (found.url is None)


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"title": "<b>Tree</b> &amp; <script>x()</script>bark"}, "title", "Tree & bark"),
        ({"title": None}, "title", None),
        ({"title": ["a"]}, "title", None),
        ({"creator": "Ann\u202e\nLee"}, "attribution", "Ann Lee"),
        ({"creator": ""}, "attribution", None),
        ({"foreign_landing_url": "javascript:alert(1)"}, "page_url", None),
        ({"foreign_landing_url": None}, "page_url", None),
        ({"url": "file:///etc/passwd"}, "reason", "incomplete_result"),
        ({"url": None}, "reason", "incomplete_result"),
        ({"url": "https://example.org/a b"}, "reason", "incomplete_result"),
        ({"id": None}, "reason", "incomplete_result"),
        ({"id": "../../x"}, "reason", "incomplete_result"),
        ({"url": "http://169.254.169.254/x.jpg"}, "url", "http://169.254.169.254/x.jpg"),
    ],
)
def test_no_field_is_trusted(
    service: Service, tmp_path: Path, changed: dict[str, Any], field: str, value: str | None
) -> None:
    assert getattr(one(service, tmp_path, **changed), field) == value


def test_what_is_no_result_at_all_is_counted(service: Service, tmp_path: Path) -> None:
    odd = [None, 7, "text", [], {}]
    service.answer = lambda params: api.page([*odd, api.result(1)], params)
    found = listed(tmp_path)
    assert [one.reason for one in found] == ["incomplete_result"] * 5 + [None]
    assert len({one.source_ref for one in found}) == 6


def test_refused_images_do_not_count_as_images_of_the_search(
    service: Service, tmp_path: Path
) -> None:
    results = [api.result(n, license="by-nc" if n % 2 else "cc0") for n in range(30)]
    service.answer = lambda params: api.page(results, params)
    found = listed(tmp_path, per_query=12)
    assert [one.reason is None for one in found].count(True) == 12
    assert len(found) == 23


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (reply(429, api.THROTTLED, Retry_After="3600"), "limit|fewer requests .*HTTP 429"),
        (reply(400, api.INPUT_ERROR), "another status than 200 .HTTP 400"),
        (reply(500), "HTTP 500"),
        (reply(200, b"<html>Sorry"), "not the JSON .*not valid JSON"),
        (reply(200, b""), "has no bytes"),
        (reply(200, b"[" * 100_000), "not valid JSON"),
        (reply(200, []), "no list of results"),
        (reply(200, {"results": 7, "page_count": 1}), "no list of results"),
        (reply(200, {"results": []}), "no list of results"),
        (reply(200, b" " * 17_000_000), "larger than"),
        (reply(302, Location="http://10.0.0.1/v1"), "private network"),
        (reply(302, Location="http://127.0.0.1:1/v1"), "private network"),
    ],
    ids=lambda value: value.status if hasattr(value, "status") else None,
)
def test_a_failure_is_one_line_and_loses_nothing(
    service: Service, tmp_path: Path, failure: Any, message: str
) -> None:
    found = source(tmp_path, per_query=45)
    pages = found.list_all()
    assert [next(pages), next(pages)] == [0, 20]
    service.fail(failure)
    with pytest.raises(SetupError, match=message) as caught:
        next(pages)
    said = str(caught.value)
    assert said.startswith("Openverse could not be searched for 'rifle': ")
    assert said.endswith("the 20 images found so far are kept")
    assert "\n" not in said
    assert not found.is_listed()
    assert list(found.list_all()) == [20, 20, 5]
    assert [asked["page"] for asked in service.asked] == ["1", "2", "2", "3"]


def test_it_waits_as_long_as_it_is_told_to(service: Service, tmp_path: Path) -> None:
    service.fail(reply(429, api.THROTTLED, Retry_After="1"), reply(503))
    found = source(tmp_path, {"retries": 2})
    assert list(found.list_all()) == [0, 20]
    assert len(service.asked) == 3


def test_too_many_requests_say_how_to_be_allowed_more(service: Service, tmp_path: Path) -> None:
    service.fail(reply(429, api.THROTTLED, Retry_After="86400"))
    with pytest.raises(SetupError, match=f"register for a token .* and set {TOKEN};"):
        list(source(tmp_path).list_all())


def test_a_token_is_sent_and_told_to_nobody(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "s3cret")
    service.fail(reply(401, api.UNAUTHORIZED))
    with pytest.raises(SetupError, match=f"Set {TOKEN} to a token that has not expired") as caught:
        list(source(tmp_path).list_all())
    assert service.headers[0]["authorization"] == "Bearer s3cret"
    listed(tmp_path)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.json"))
    assert b"s3cret" not in kept
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv(TOKEN, "s3cret\nHost: elsewhere")
    with pytest.raises(UserError, match=f"^{TOKEN} holds characters that no token has; [^\n]*$"):
        source(tmp_path).require()


@pytest.mark.parametrize("agent", [None, "my-dataset/1.0", "me at example"])
def test_a_name_without_an_address_is_not_enough(tmp_path: Path, agent: str | None) -> None:
    with pytest.raises(UserError) as caught:
        source(tmp_path, {"user_agent": agent}).require()
    lacks = "" if agent is None else f", and '{agent}' holds none"
    assert str(caught.value) == (
        "the source 'openverse' needs collect.fetch.user_agent: Openverse asks who asks it for a "
        f"name and a web or mail address where you can be reached{lacks}. For example: --set "
        "'collect.fetch.user_agent=my-dataset/1.0 (me@example.org)'"
    )
    source(tmp_path).require()


def test_words_that_cannot_be_read_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no wording 'mine'"):
        source(tmp_path, queries=None, words="mine").require()


@settings(deadline=None, max_examples=50)
@given(st.lists(strange.bent(api.result(1)), max_size=3), st.just(1) | strange.LEAVES)
def test_strange_results(results: list[Any], count: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenverseSource, "pause_s", 0.0)
        strange.check(source(Path(folder)), {"results": results, "page_count": count})


@settings(deadline=None)
@given(strange.answers(("results", "page_count", *api.result(1))))
def test_strange_answers(answer: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenverseSource, "pause_s", 0.0)
        strange.check(source(Path(folder)), answer)
