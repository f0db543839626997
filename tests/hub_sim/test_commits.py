from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
)
from huggingface_hub.errors import HfHubHTTPError, RemoteEntryNotFoundError

from vsfa_data.hub_sim.server import Running


def commit(api: HfApi, repo_id: str, *operations: object, **given: object) -> str:
    made = api.create_commit(
        repo_id, operations, commit_message="Change", repo_type="dataset", **given
    )  # type: ignore[call-overload]
    return str(made.oid)


def endpoints(hub: Running) -> list[str]:
    return [call.endpoint for call in hub.faults.calls]


def test_a_folder_goes_up_and_what_is_unchanged_is_not_sent_again(
    hub: Running, api: HfApi, repo_id: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.parquet").write_bytes(b"a" * 1000)
    (tmp_path / "data" / "b.parquet").write_bytes(b"b" * 1000)
    (tmp_path / "README.md").write_text("# hello")
    given = {"repo_id": repo_id, "repo_type": "dataset", "folder_path": tmp_path}
    first = api.upload_folder(**given, delete_patterns="*").oid  # type: ignore[arg-type]
    assert endpoints(hub).count("upload") == 2
    hub.faults.forget()
    (tmp_path / "data" / "b.parquet").write_bytes(b"c" * 1000)
    (tmp_path / "README.md").unlink()
    second = api.upload_folder(**given, delete_patterns="*").oid  # type: ignore[arg-type]
    assert second != first
    assert endpoints(hub).count("upload") == 1
    assert api.list_repo_files(repo_id, repo_type="dataset") == [
        ".gitattributes",
        "data/a.parquet",
        "data/b.parquet",
    ]
    assert api.upload_folder(**given).oid == second  # type: ignore[arg-type]


def test_copies_send_no_blob(hub: Running, api: HfApi, repo_id: str) -> None:
    api.create_branch(repo_id, repo_type="dataset", branch="b")
    large, small = b"l" * 5000, b"small"
    staged = commit(
        api,
        repo_id,
        CommitOperationAdd("x.parquet", large),
        CommitOperationAdd("y.txt", small),
        revision="b",
    )
    hub.faults.forget()
    commit(
        api,
        repo_id,
        *(CommitOperationCopy(path, path, src_revision=staged) for path in ("x.parquet", "y.txt")),
    )
    assert "upload" not in endpoints(hub)
    for path, data in (("x.parquet", large), ("y.txt", small)):
        assert Path(api.hf_hub_download(repo_id, path, repo_type="dataset")).read_bytes() == data


def test_a_stale_parent_is_refused(api: HfApi, repo_id: str) -> None:
    before = api.dataset_info(repo_id).sha
    now = commit(api, repo_id, CommitOperationAdd("a", b"1"), parent_commit=before)
    with pytest.raises(HfHubHTTPError, match="412"):
        commit(api, repo_id, CommitOperationAdd("a", b"2"), parent_commit=before)
    assert api.dataset_info(repo_id).sha == now


def test_all_or_nothing(api: HfApi, repo_id: str) -> None:
    before = api.dataset_info(repo_id).sha
    with pytest.raises(RemoteEntryNotFoundError, match="doesn't exist"):
        commit(api, repo_id, CommitOperationAdd("a", b"1"), CommitOperationDelete("not-there"))
    evil = CommitOperationAdd("b", b"1")
    evil.path_in_repo = "b/.git/x"
    with pytest.raises(HfHubHTTPError, match="git refused"):
        commit(api, repo_id, CommitOperationAdd("a", b"1"), evil)
    assert api.dataset_info(repo_id).sha == before


def test_content_that_was_never_uploaded_is_refused(api: HfApi, repo_id: str) -> None:
    adding = CommitOperationAdd("x.parquet", b"never sent")
    adding._upload_mode, adding._should_ignore, adding._is_uploaded = "lfs", False, True
    with pytest.raises(HfHubHTTPError, match="never uploaded"):
        commit(api, repo_id, adding)


def test_a_pull_request_made_by_a_commit(api: HfApi, repo_id: str) -> None:
    made = api.create_commit(
        repo_id,
        [CommitOperationAdd("a", b"1")],
        commit_message="Change",
        repo_type="dataset",
        create_pr=True,
    )
    assert made.pr_num == 1
    assert api.list_repo_files(repo_id, repo_type="dataset", revision="refs/pr/1")[1] == "a"
    assert "a" not in api.list_repo_files(repo_id, repo_type="dataset")
