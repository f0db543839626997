from __future__ import annotations

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from vsfa_data.hub_sim.repos import front_matter
from vsfa_data.hub_sim.server import Running


def test_create_twice_and_delete(hub: Running, api: HfApi, new_id: str) -> None:
    url = api.create_repo(new_id, repo_type="dataset", private=True)
    assert url == f"{hub.url}/datasets/{new_id}"
    assert api.dataset_info(new_id).private is True
    with pytest.raises(HfHubHTTPError, match="already created"):
        api.create_repo(new_id, repo_type="dataset")
    # The visibility that is asked for is ignored for a repository that is there.
    assert api.create_repo(new_id, repo_type="dataset", private=False, exist_ok=True) == url
    assert api.dataset_info(new_id).private is True
    assert not api.repo_exists(new_id)
    api.delete_repo(new_id, repo_type="dataset")
    assert not api.repo_exists(new_id, repo_type="dataset")
    with pytest.raises(RepositoryNotFoundError):
        api.delete_repo(new_id, repo_type="dataset")


def test_settings(api: HfApi, repo_id: str) -> None:
    api.update_repo_settings(repo_id, repo_type="dataset", gated="auto", private=True)
    assert (api.dataset_info(repo_id).gated, api.dataset_info(repo_id).private) == ("auto", True)
    api.update_repo_settings(repo_id, repo_type="dataset", gated=False)
    assert (api.dataset_info(repo_id).gated, api.dataset_info(repo_id).private) == (False, True)


def test_a_card_whose_yaml_is_none_is_refused(api: HfApi, repo_id: str) -> None:
    with pytest.raises(ValueError, match="Invalid metadata"):
        api.upload_file(
            path_or_fileobj=b"---\n[: x\n---\n",
            path_in_repo="README.md",
            repo_id=repo_id,
            repo_type="dataset",
        )


def test_front_matter() -> None:
    assert front_matter("---\na: 1\n---\ntext") == {"a": 1}
    assert front_matter("no front matter") == {}
    assert front_matter("---\n---\n") == {}
    with pytest.raises(ValueError, match="mapping"):
        front_matter("---\n- a\n---\n")
