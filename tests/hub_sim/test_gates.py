from __future__ import annotations

import urllib.request

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError

from tests.local_hub import GUEST
from vsfa_data.hub_sim.server import Running


def ask(hub: Running, repo_id: str) -> None:
    place = f"{hub.url}/datasets/{repo_id}/ask-access"
    headers = {"Authorization": f"Bearer {GUEST}"}
    with urllib.request.urlopen(urllib.request.Request(place, b"", headers, method="POST")):
        pass


def can_read(hub: Running, repo_id: str) -> bool:
    guest = HfApi(endpoint=hub.url, token=GUEST)
    try:
        guest.get_hf_file_metadata(
            url=f"{hub.url}/datasets/{repo_id}/resolve/main/.gitattributes", token=GUEST
        )
    except GatedRepoError:
        return False
    return True


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_asking_for_access(hub: Running, api: HfApi, repo_id: str, mode: str) -> None:
    api.update_repo_settings(repo_id, repo_type="dataset", gated=mode)  # type: ignore[arg-type]
    assert not can_read(hub, repo_id)
    ask(hub, repo_id)
    assert can_read(hub, repo_id) is (mode == "auto")
    if mode == "manual":
        (waiting,) = api.list_pending_access_requests(repo_id, repo_type="dataset")
        assert waiting.username == "guest"
        api.accept_access_request(repo_id, "guest", repo_type="dataset")
    assert can_read(hub, repo_id)
    assert [one.username for one in api.list_accepted_access_requests(repo_id, repo_type="dataset")]
    api.reject_access_request(repo_id, "guest", repo_type="dataset", rejection_reason=None)
    assert not can_read(hub, repo_id)
    api.grant_access(repo_id, "guest", repo_type="dataset")
    assert can_read(hub, repo_id)
