from __future__ import annotations

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError, RevisionNotFoundError

from vsfa_data.hub_sim.revisions import ref_of
from vsfa_data.hub_sim.server import Running


def fill(api: HfApi, repo_id: str, count: int = 5) -> str:
    card = b"---\nlicense: mit\nwhen: 2024-01-02\n---\n# Hello\n"
    files = {f"deep/er/{number}.txt": b"%d" % number for number in range(count)}
    operations = [
        CommitOperationAdd(path, data)
        for path, data in {"README.md": card, "x.parquet": b"PAR1", **files}.items()
    ]
    return api.create_commit(repo_id, operations, commit_message="Fill", repo_type="dataset").oid


def test_info_of_any_revision(api: HfApi, repo_id: str) -> None:
    empty = api.dataset_info(repo_id).sha
    made = fill(api, repo_id)
    found = api.dataset_info(repo_id, files_metadata=True)
    assert found.sha == made
    assert found.card_data is not None
    assert found.card_data["license"] == "mit"
    assert found.siblings is not None
    large = next(one for one in found.siblings if one.rfilename == "x.parquet")
    assert large.lfs is not None
    assert (large.size, large.lfs.size) == (4, 4)
    assert api.dataset_info(repo_id, revision=empty).sha == empty
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(repo_id, revision="v9")


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


def test_the_reference_that_a_commit_moves() -> None:
    assert ref_of("main") == "refs/heads/main"
    assert ref_of("a/b") == "refs/heads/a/b"
    assert ref_of("refs/pr/3") == "refs/pr/3"
