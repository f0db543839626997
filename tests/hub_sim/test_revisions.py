from __future__ import annotations

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import RevisionNotFoundError

from vsfa_data.hub_sim.revisions import ref_of


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


def test_the_reference_that_a_commit_moves() -> None:
    assert ref_of("main") == "refs/heads/main"
    assert ref_of("a/b") == "refs/heads/a/b"
    assert ref_of("refs/pr/3") == "refs/pr/3"
