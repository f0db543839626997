"""The server misbehaves as it is told to, and the official client notices."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from tests.local_hub import WRITE, NoSleep
from vsfa_data.hub_sim import misbehave
from vsfa_data.hub_sim.faults import KINDS, Fault
from vsfa_data.hub_sim.server import Running

STATUSES = [kind for kind in KINDS if kind.isdecimal()]
BROKEN = ["reset", "lost", "dying", "truncated", "stall"]


def get(hub: Running, path: str = "/api/whoami-v2") -> tuple[http.client.HTTPResponse, bytes]:
    place = urlsplit(hub.url)
    line = http.client.HTTPConnection(str(place.hostname), place.port, timeout=0.5)
    line.request("GET", path, headers={"Authorization": f"Bearer {WRITE}"})
    answer = line.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("kind", STATUSES)
def test_a_status(hub: Running, kind: str) -> None:
    hub.faults.rules = [Fault(kind, nth=2)]
    found = [get(hub)[0] for _ in range(3)]
    assert [answer.status for answer in found] == [200, int(kind), 200]
    assert found[1].headers["Retry-After"] == ("1" if kind == "429" else None)


@pytest.mark.parametrize("kind", BROKEN)
def test_no_whole_answer(hub: Running, kind: str) -> None:
    hub.faults.rules = [Fault(kind, nth=1)]
    with pytest.raises((OSError, http.client.HTTPException)):
        get(hub)
    if kind == "dying":
        with pytest.raises((OSError, http.client.HTTPException)):
            get(hub)
    assert get(hub)[0].status == 200


def test_a_stall_lasts(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misbehave, "STALL_S", 0.2)
    hub.faults.rules = [Fault("stall", nth=1)]
    began = time.perf_counter()
    with pytest.raises((OSError, http.client.HTTPException)):
        get(hub)
    assert time.perf_counter() - began > 0.15


def test_slow_and_a_wrong_clock_still_work(hub: Running, api: HfApi) -> None:
    hub.faults.rules = [Fault("clock", nth=1), Fault("slow", nth=2)]
    answer, _ = get(hub)
    assert "1970" in answer.headers["Date"]
    assert api.whoami()["name"] == "local"


def test_what_was_lost_was_done(hub: Running, api: HfApi, repo_id: str) -> None:
    hub.faults.rules = [Fault("lost", nth=1, endpoint="create-tag")]
    with pytest.raises(httpx2.HTTPError):
        api.create_tag(repo_id, repo_type="dataset", tag="v1")
    assert [tag.name for tag in api.list_repo_refs(repo_id, repo_type="dataset").tags] == ["v1"]


def test_dying_in_a_commit_leaves_objects_but_moves_nothing(
    hub: Running, api: HfApi, repo_id: str
) -> None:
    before = api.dataset_info(repo_id).sha
    repo = hub.hub.storage.find("datasets", *repo_id.split("/"))
    assert repo is not None
    objects = len(list((repo.folder / "git" / "objects").rglob("*")))
    hub.faults.rules = [Fault("dying", nth=1, endpoint="commit")]
    adding = CommitOperationAdd("a", b"1")
    with pytest.raises(httpx2.HTTPError):
        api.create_commit(repo_id, [adding], commit_message="x", repo_type="dataset")
    hub.faults.forget()
    assert len(list((repo.folder / "git" / "objects").rglob("*"))) > objects
    assert api.dataset_info(repo_id).sha == before


def test_the_client_itself_comes_through_what_it_tries_again(
    hub: Running, api: HfApi, repo_id: str, waits: NoSleep
) -> None:
    content = b"PAR1" * 100
    hub.faults.rules = [
        Fault("429", nth=1, endpoint="preupload"),
        Fault("503", nth=1, endpoint="batch"),
        Fault("dying", nth=1, endpoint="upload"),
        Fault("reset", nth=1, endpoint="resolve"),
        Fault("truncated", nth=2, endpoint="resolve"),
    ]
    api.upload_file(
        path_or_fileobj=content, path_in_repo="x.parquet", repo_id=repo_id, repo_type="dataset"
    )
    path = api.hf_hub_download(repo_id, "x.parquet", repo_type="dataset")
    assert Path(path).read_bytes() == content
    assert waits.slept[0] == 2.0  # Retry-After: 1, and one more
    assert len(waits.slept) >= 5
