from __future__ import annotations

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from tests.local_hub import GUEST, READ, WRITE
from vsfa_data.hub_sim.server import Running


def as_guest(hub: Running) -> HfApi:
    return HfApi(endpoint=hub.url, token=GUEST)


def anonymous(hub: Running) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


def status(error: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return error.value.response.status_code


def test_a_private_repository_does_not_exist_for_others(
    hub: Running, api: HfApi, repo_id: str
) -> None:
    api.update_repo_settings(repo_id, repo_type="dataset", private=True)
    assert api.dataset_info(repo_id).private is True
    for other in (as_guest(hub), anonymous(hub)):
        with pytest.raises(RepositoryNotFoundError):
            other.dataset_info(repo_id)
        with pytest.raises(RepositoryNotFoundError):
            other.list_repo_files(repo_id, repo_type="dataset")
        with pytest.raises(RepositoryNotFoundError):
            other.hf_hub_download(repo_id, ".gitattributes", repo_type="dataset")


def test_a_gate_lets_people_see_that_it_is_there_but_not_read(
    hub: Running, api: HfApi, repo_id: str
) -> None:
    api.update_repo_settings(repo_id, repo_type="dataset", gated="manual")
    for other in (as_guest(hub), anonymous(hub)):
        assert other.dataset_info(repo_id).gated == "manual"
        with pytest.raises(GatedRepoError):
            other.hf_hub_download(repo_id, ".gitattributes", repo_type="dataset")
    api.hf_hub_download(repo_id, ".gitattributes", repo_type="dataset")


def test_a_token_that_nobody_has(hub: Running, repo_id: str) -> None:
    with pytest.raises(HfHubHTTPError, match="Invalid credentials") as raised:
        HfApi(endpoint=hub.url, token=WRITE[:-1]).dataset_info(repo_id)
    assert status(raised) == 401
    assert not isinstance(raised.value, RepositoryNotFoundError)


def test_reading_tokens_and_guests_cannot_write(hub: Running, repo_id: str) -> None:
    for token in (READ, GUEST):
        other = HfApi(endpoint=hub.url, token=token)
        with pytest.raises(HfHubHTTPError) as raised:
            other.create_branch(repo_id, repo_type="dataset", branch="mine")
        assert status(raised) == 403
        with pytest.raises(HfHubHTTPError) as raised:
            other.create_repo("team/another", repo_type="dataset")
        assert status(raised) == 403
    assert HfApi(endpoint=hub.url, token=READ).dataset_info(repo_id).id == repo_id
