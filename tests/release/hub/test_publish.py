from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.release.hub.releases import HASTY
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub import publish
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.names import Version
from vsfa_data.release.hub.remote import Repository


@pytest.fixture
def staged(api: HfApi, repo_id: str, first: Path) -> str:
    api.create_branch(repo_id, repo_type="dataset", branch="work")
    made = api.upload_folder(
        repo_id=repo_id, repo_type="dataset", folder_path=first, revision="work"
    )
    return str(made.oid)


def commit(api: HfApi, repo_id: str, first: Path, staged: str, head: str | None = None) -> str:
    repository = Repository(api, repo_id, HASTY)
    head = head or repository.commit_at("main")
    local = load(first)
    return publish.commit(repository, local, repository.changes(local, head), head, staged)


def test_one_commit_that_sends_no_blob(
    hub: Running, api: HfApi, repo_id: str, first: Path, staged: str
) -> None:
    hub.faults.forget()
    made = commit(api, repo_id, first, staged)
    assert "upload" not in [call.endpoint for call in hub.faults.calls]
    assert not Repository(api, repo_id, HASTY).changes(load(first), "main")
    assert len(api.list_repo_commits(repo_id, repo_type="dataset")) == 2
    assert api.dataset_info(repo_id).sha == made


@pytest.mark.parametrize("kind", ["lost", "dying", "reset", "503", "412"])
def test_a_commit_is_made_once_whatever_happens_to_the_answer(
    hub: Running, api: HfApi, repo_id: str, first: Path, staged: str, kind: str
) -> None:
    hub.faults.forget()
    hub.faults.rules = [Fault(kind, nth=1, endpoint="commit")]
    commit(api, repo_id, first, staged)
    assert len(api.list_repo_commits(repo_id, repo_type="dataset")) == 2


def test_what_others_committed_meanwhile_stays(
    api: HfApi, repo_id: str, first: Path, staged: str
) -> None:
    head = str(api.dataset_info(repo_id).sha)
    theirs = api.upload_file(
        path_or_fileobj=b"theirs", path_in_repo="x", repo_id=repo_id, repo_type="dataset"
    )
    with pytest.raises(UserError, match="somebody else changed the main branch"):
        commit(api, repo_id, first, staged, head)
    assert api.dataset_info(repo_id).sha == theirs.oid


def test_a_commit_that_is_always_refused(
    hub: Running, api: HfApi, repo_id: str, first: Path, staged: str
) -> None:
    hub.faults.forget()
    hub.faults.rules = [Fault("412", nth=1, endpoint="commit", times=99)]
    with pytest.raises(UserError, match=r"could not commit to main: the Hub refuses it \(412\)"):
        commit(api, repo_id, first, staged)


@pytest.mark.parametrize("kind", ["lost", "dying", "reset", "503"])
def test_a_tag_is_made_once_whatever_happens_to_the_answer(
    hub: Running, api: HfApi, repo_id: str, kind: str
) -> None:
    repository = Repository(api, repo_id, HASTY)
    head = repository.commit_at("main")
    hub.faults.forget()
    hub.faults.rules = [Fault(kind, nth=1, endpoint="create-tag")]
    publish.tag(repository, Version(1, 0, 0), head)
    found = repository.look()
    assert found is not None
    assert found.tags == {Version(1, 0, 0): head}


def test_a_tag_of_somebody_elses_stays(api: HfApi, repo_id: str) -> None:
    repository = Repository(api, repo_id, HASTY)
    head = repository.commit_at("main")
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo_id, repo_type="dataset")
    api.create_tag(repo_id, repo_type="dataset", tag="v1.0.0")
    with pytest.raises(UserError, match=r"somebody else tagged v1\.0\.0"):
        publish.tag(repository, Version(1, 0, 0), head)
    assert api.dataset_info(repo_id, revision="v1.0.0").sha != head
