from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import OfflineModeIsEnabled

from tests.local_hub import GUEST, READ, WRITE
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.session import Patience
from vsfa_data.release.hub.trouble import (
    NotYetError,
    asked_wait_s,
    explain,
    explained,
    passes,
    patiently,
)


class Waiting:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def patience(self, **given: float) -> Patience:
        return Patience(sleep=self.slept.append, **given)  # type: ignore[arg-type]


def told(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as raised, explained("do this"):
        call()
    assert str(raised.value).startswith("could not do this: ")
    return str(raised.value).removeprefix("could not do this: ")


def test_what_people_are_told(hub: Running, api: HfApi, repo_id: str) -> None:
    guest = HfApi(endpoint=hub.url, token=GUEST)
    assert told(lambda: api.dataset_info("team/none")).startswith("there is no such dataset")
    assert told(lambda: api.dataset_info(repo_id, revision="v9")).startswith("there is no such rev")
    expired = HfApi(endpoint=hub.url, token="hf_expired")  # noqa: S106 - nobody's
    assert "is wrong or has expired" in told(lambda: expired.dataset_info(repo_id))
    reading = HfApi(endpoint=hub.url, token=READ)
    said = told(lambda: reading.create_branch(repo_id, repo_type="dataset", branch="x"))
    assert "does not allow it (403: This token has the role 'read'" in said
    api.update_repo_settings(repo_id, repo_type="dataset", gated="manual")
    said = told(lambda: guest.hf_hub_download(repo_id, ".gitattributes", repo_type="dataset"))
    assert "is gated" in said
    assert "Ask for access" in said
    hub.faults.rules = [Fault("429", nth=1), Fault("503", nth=2), Fault("412", nth=3)]
    hub.faults.calls.clear()
    assert "It asks to wait 1 seconds" in told(api.whoami)
    assert told(api.whoami).startswith("the Hub is in trouble (503: on purpose)")
    assert told(api.whoami).startswith("the Hub refused it (412")


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    api = HfApi(endpoint="http://127.0.0.1:9", token=WRITE)
    said = told(api.whoami)
    assert said.startswith("the Hub cannot be reached (")
    assert "--endpoint or HF_ENDPOINT" in said
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert told(api.whoami) == "HF_HUB_OFFLINE is set. Unset it and run again"


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), explained("do this"):
        raise ZeroDivisionError
    assert explain(KeyError("x"), "do this") is None
    with pytest.raises(UserError, match=r"^mine$"), explained("do this"):
        raise UserError("mine")


def test_what_passes() -> None:
    assert passes(httpx2.ReadTimeout("x"))
    assert passes(httpx2.RemoteProtocolError("x"))
    assert not passes(httpx2.UnsupportedProtocol("x"))
    assert not passes(OfflineModeIsEnabled("x"))
    assert not passes(RuntimeError("x"))
    assert passes(NotYetError("x"))
    wrapped = RuntimeError("Error while uploading")
    wrapped.__cause__ = httpx2.ConnectError("x")
    assert passes(wrapped)


def test_trying_again(hub: Running, api: HfApi) -> None:
    waiting = Waiting()
    hub.faults.rules = [Fault("503", nth=1), Fault("reset", nth=2), Fault("429", nth=3)]
    assert patiently(api.whoami, "ask", waiting.patience())["name"] == "local"
    assert waiting.slept == [1.0, 2.0, 4.0]
    assert len(hub.faults.calls) == 4


def test_the_wait_that_the_hub_asks_for_is_kept_or_told() -> None:
    class Response:
        status_code, headers = 429, {"Retry-After": "50"}

    class BusyError(Exception):
        response, server_message = Response(), None

    def busy() -> None:
        raise BusyError

    assert asked_wait_s(BusyError()) == 50
    waiting = Waiting()
    with pytest.raises(UserError, match="It asks to wait 50 seconds"):
        patiently(busy, "ask", waiting.patience(tries=3, longest_wait_s=60))
    assert waiting.slept == [50.0, 50.0]
    with pytest.raises(UserError, match="It asks to wait 50 seconds"):
        patiently(busy, "ask", waiting.patience(tries=3, longest_wait_s=49))
    assert len(waiting.slept) == 2


def test_what_does_not_pass_is_not_tried_again(hub: Running) -> None:
    waiting = Waiting()
    expired = HfApi(endpoint=hub.url, token="hf_expired")  # noqa: S106 - nobody's
    with pytest.raises(UserError):
        patiently(expired.whoami, "ask", waiting.patience())
    assert len(hub.faults.calls) == 1
    assert waiting.slept == []
