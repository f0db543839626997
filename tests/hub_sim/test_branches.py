from __future__ import annotations

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

from vsfa_data.hub_sim.server import Running


def names(api: HfApi, repo_id: str) -> tuple[list[str], list[str]]:
    refs = api.list_repo_refs(repo_id, repo_type="dataset")
    return [one.name for one in refs.branches], [one.name for one in refs.tags]


def test_branches_and_tags_come_and_go(hub: Running, api: HfApi, repo_id: str) -> None:
    api.create_branch(repo_id, repo_type="dataset", branch="try/one")
    api.create_tag(repo_id, repo_type="dataset", tag="v1.0.0", tag_message="first")
    api.create_tag(repo_id, repo_type="dataset", tag="also/v1", revision="try/one")
    assert names(api, repo_id) == (["main", "try/one"], ["also/v1", "v1.0.0"])
    head = api.dataset_info(repo_id).sha
    assert api.dataset_info(repo_id, revision="v1.0.0").sha == head
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_tag(repo_id, repo_type="dataset", tag="v1.0.0")
    api.create_tag(repo_id, repo_type="dataset", tag="v1.0.0", exist_ok=True)
    api.create_branch(repo_id, repo_type="dataset", branch="try/one", exist_ok=True)
    api.delete_branch(repo_id, repo_type="dataset", branch="try/one")
    api.delete_tag(repo_id, repo_type="dataset", tag="also/v1")
    assert names(api, repo_id) == (["main"], ["v1.0.0"])
    assert [ref for _, ref, _ in hub.hub.history] == [
        "refs/heads/try/one",
        "refs/tags/v1.0.0",
        "refs/tags/also/v1",
        "refs/heads/try/one",
        "refs/tags/also/v1",
    ]


def test_main_stays_and_what_is_not_there_cannot_go(api: HfApi, repo_id: str) -> None:
    with pytest.raises(HfHubHTTPError, match="403"):
        api.delete_branch(repo_id, repo_type="dataset", branch="main")
    with pytest.raises(RevisionNotFoundError):
        api.delete_branch(repo_id, repo_type="dataset", branch="none")
    with pytest.raises(RevisionNotFoundError):
        api.create_tag(repo_id, repo_type="dataset", tag="v1", revision="none")


@pytest.mark.parametrize("name", ["refs/pr/5", "a..b", "-a", "a.lock", "a b"])
def test_names_that_git_would_not_take(api: HfApi, repo_id: str, name: str) -> None:
    with pytest.raises(HfHubHTTPError, match=r"400|Bad request"):
        api.create_branch(repo_id, repo_type="dataset", branch=name)
