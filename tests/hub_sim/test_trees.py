from __future__ import annotations

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError

from tests.hub_sim.test_revisions import fill
from vsfa_data.hub_sim.server import Running


def test_a_tree_comes_in_pages(
    hub: Running, api: HfApi, repo_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(api, repo_id, 23)
    whole = api.list_repo_files(repo_id, repo_type="dataset")
    assert len(whole) == 26
    monkeypatch.setattr(hub.hub, "page", 4)
    hub.faults.forget()
    assert api.list_repo_files(repo_id, repo_type="dataset") == whole
    # Files and the two folders, four at a time.
    assert [call.endpoint for call in hub.faults.calls] == ["tree"] * 7
    inside = list(api.list_repo_tree(repo_id, "deep", repo_type="dataset"))
    assert [entry.path for entry in inside] == ["deep/er"]
    with pytest.raises(RemoteEntryNotFoundError):
        list(api.list_repo_tree(repo_id, "nowhere", repo_type="dataset"))


def test_paths_that_are_not_there_are_left_out(api: HfApi, repo_id: str) -> None:
    fill(api, repo_id)
    found = api.get_paths_info(
        repo_id, ["deep", "x.parquet", "none"], repo_type="dataset", expand=True
    )
    assert [entry.path for entry in found] == ["deep", "x.parquet"]
    assert found[1].last_commit is not None
    assert found[1].last_commit.title == "Fill"


def test_history(api: HfApi, repo_id: str) -> None:
    made = fill(api, repo_id)
    titles = [
        (one.commit_id, one.title) for one in api.list_repo_commits(repo_id, repo_type="dataset")
    ]
    assert titles[0] == (made, "Fill")
    assert titles[1][1] == "initial commit"
