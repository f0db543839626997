from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from tests.release.hub.releases import HASTY
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub import steps
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.remote import Repository

KINDS = ["lost", "dying", "503"]


@pytest.fixture
def repository(api: HfApi, repo_id: str) -> Repository:
    return Repository(api, repo_id, HASTY)


@pytest.mark.parametrize("kind", KINDS)
def test_create_finds_what_a_lost_answer_made(
    hub: Running, api: HfApi, new_id: str, kind: str
) -> None:
    hub.faults.rules = [Fault(kind, nth=1, endpoint="create-repo")]
    head = steps.create(Repository(api, new_id, HASTY))
    assert head == api.dataset_info(new_id).sha
    assert api.dataset_info(new_id).private is True


def test_create_does_not_take_a_public_one_for_its_own(repository: Repository) -> None:
    with pytest.raises(UserError, match="is public although a private one was asked for"):
        steps.create(repository)


@pytest.mark.parametrize("kind", KINDS)
def test_settings_and_branches_may_be_asked_for_twice(
    hub: Running, api: HfApi, repository: Repository, kind: str
) -> None:
    head = repository.commit_at("main")
    for endpoint in ("settings", "create-branch", "delete-branch"):
        hub.faults.rules.append(Fault(kind, nth=1, endpoint=endpoint))
    steps.configure(repository, "gate it", gated="auto")
    steps.branch(repository, "work", head)
    found = repository.look()
    assert found is not None
    assert (found.gate, found.branches["work"]) == ("auto", head)
    steps.branch(repository, "work", head)
    steps.remove_branch(repository, "work")
    steps.remove_branch(repository, "work")
    found = repository.look()
    assert found is not None
    assert "work" not in found.branches


def test_upload_sends_what_is_missing_and_removes_what_is_not_of_it(
    hub: Running, api: HfApi, repository: Repository, first: Path
) -> None:
    local = load(first)
    names = ["[odd]*.txt", "old/x.parquet"]
    api.create_commit(
        repository.id,
        [CommitOperationAdd(name, b"old") for name in names],
        commit_message="x",
        repo_type="dataset",
    )
    changes = repository.changes(local, "main")
    assert changes.gone == tuple(names)
    steps.upload(repository, local, "main", changes)
    assert not repository.changes(local, "main")
    # Told of more than is missing, it does no harm; of nothing, it makes no call.
    commit = repository.commit_at("main")
    assert steps.upload(repository, local, "main", repository.changes(local, "main")) == commit


def test_a_second_try_looks_again(
    hub: Running, api: HfApi, repository: Repository, first: Path
) -> None:
    local = load(first)
    changes = repository.changes(local, "main")
    hub.faults.forget()
    hub.faults.rules = [Fault("lost", nth=1, endpoint="commit")]
    steps.upload(repository, local, "main", changes)
    called = [call.endpoint for call in hub.faults.calls]
    assert called.count("commit") == 1
    assert called.count("upload") == 4  # two charts, two of Parquet
    assert not repository.changes(local, "main")
