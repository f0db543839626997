from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.local_hub import api, hub, hub_server, new_id, repo_id, waits
from vsfa_data.collect.hub import pinning
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.server import Running

__all__ = ["api", "hub", "hub_server", "new_id", "repo_id", "waits"]


@pytest.fixture(autouse=True)
def _this_hub(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.hf_api.ENDPOINT", hub.url, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    monkeypatch.setattr(pinning, "_pinned", {})


def test_a_commit_stands_for_itself(hub: Running) -> None:
    assert pinning.asked("team/none", "0123456789" * 4) == "0123456789" * 4
    assert hub.faults.calls == []


def test_what_was_asked_stays_until_it_is_asked_again(
    api: HfApi, repo_id: str, tmp_path: Path
) -> None:
    def write(text: str) -> str:
        commit = api.upload_file(
            path_or_fileobj=text.encode(), path_in_repo="x", repo_id=repo_id, repo_type="dataset"
        )
        return str(commit.oid)

    first = write("one")
    assert pinning.pinned(repo_id, None) == first
    second = write("two")
    assert pinning.pinned(repo_id, None) == first
    assert pinning.asked(repo_id, None) == second
    assert pinning.pinned(repo_id, None) == second
    api.create_tag(repo_id, repo_type="dataset", tag="v1", revision=first)
    assert pinning.asked(repo_id, "v1") == first


def test_what_is_not_there() -> None:
    with pytest.raises(UserError, match="no such dataset"):
        pinning.asked("team/none", None)
