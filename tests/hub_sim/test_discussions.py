from __future__ import annotations

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError

from tests.local_hub import GUEST
from vsfa_data.hub_sim.server import Running


def test_a_pull_request_from_draft_to_merged(hub: Running, api: HfApi, repo_id: str) -> None:
    api.upload_file(
        path_or_fileobj=b"old", path_in_repo="old.txt", repo_id=repo_id, repo_type="dataset"
    )
    opened = api.create_pull_request(repo_id, "Please take this", repo_type="dataset")
    assert (opened.status, opened.git_reference) == ("draft", "refs/pr/1")
    operations = [CommitOperationAdd("new.txt", b"new"), CommitOperationDelete("old.txt")]
    api.create_commit(
        repo_id, operations, commit_message="x", repo_type="dataset", revision="refs/pr/1"
    )
    assert "new.txt" not in api.list_repo_files(repo_id, repo_type="dataset")
    refs = api.list_repo_refs(repo_id, repo_type="dataset", include_pull_requests=True)
    assert [one.ref for one in refs.pull_requests or ()] == ["refs/pr/1"]
    api.merge_pull_request(repo_id, 1, repo_type="dataset")
    assert api.list_repo_files(repo_id, repo_type="dataset") == [".gitattributes", "new.txt"]
    merged = api.get_discussion_details(repo_id, 1, repo_type="dataset")
    assert merged.status == "merged"  # type: ignore[comparison-overlap]
    with pytest.raises(HfHubHTTPError, match="no open pull request"):
        api.merge_pull_request(repo_id, 1, repo_type="dataset")


def test_lists_are_filtered_and_come_in_pages(hub: Running, api: HfApi, repo_id: str) -> None:
    guest = HfApi(endpoint=hub.url, token=GUEST)
    for number in range(12):
        api.create_discussion(repo_id, f"Talk {number}", repo_type="dataset")
    guest.create_pull_request(repo_id, "From a guest", repo_type="dataset")
    api.change_discussion_status(repo_id, 1, "closed", repo_type="dataset")

    def numbers(**given: str) -> list[int]:
        found = api.get_repo_discussions(repo_id, repo_type="dataset", **given)  # type: ignore[arg-type]
        return [one.num for one in found]

    assert numbers() == list(range(13, 0, -1))
    assert numbers(discussion_type="pull_request") == [13]
    assert numbers(author="guest") == [13]
    assert numbers(discussion_status="closed") == [1]
    assert len(numbers(discussion_status="open")) == 12
