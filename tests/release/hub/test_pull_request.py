from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.local_hub import GUEST, WRITE
from tests.release.hub.releases import HASTY, Pusher
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub import pull_request
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.remote import Repository


def test_from_the_proposal_to_the_tag(
    hub: Running, pusher: Pusher, api: HfApi, first: Path, second: Path
) -> None:
    pusher.push(first)
    before = pusher.refs()
    done = pusher.push(second, pull_request=True)
    assert (done.status, done.pull_request) == ("pull_request", 1)
    assert pusher.refs() == before
    assert pusher.files("refs/pr/1").keys() == load(second).files.keys()
    found = api.get_discussion_details(pusher.repo_id, 1, repo_type="dataset")
    assert (found.status, found.title) == ("open", "Release v1.1.0")
    # Again: the same pull request, and nothing is sent.
    hub.faults.forget()
    assert pusher.push(second, pull_request=True).pull_request == 1
    assert "upload" not in pusher.calls()
    assert "commit" not in pusher.calls()
    api.merge_pull_request(pusher.repo_id, 1, repo_type="dataset")
    with pytest.raises(UserError, match=r"holds this release already.*without --pr"):
        pusher.push(second, pull_request=True)
    hub.faults.forget()
    assert pusher.push(second).status == "published"
    assert "commit" not in pusher.calls()
    assert pusher.refs()["v1.1.0"] == pusher.refs()["main"]


def test_a_stranger_proposes_and_the_owner_merges(
    hub: Running, pusher: Pusher, api: HfApi, first: Path, second: Path
) -> None:
    pusher.push(first, public=True)
    before = pusher.refs()
    pusher.token = GUEST
    with pytest.raises(UserError, match="the token does not allow it"):
        pusher.push(second)
    done = pusher.push(second, pull_request=True)
    assert (done.status, done.pull_request) == ("pull_request", 1)
    assert pusher.refs() == before
    api.merge_pull_request(pusher.repo_id, 1, repo_type="dataset")
    pusher.token = WRITE
    assert pusher.push(second).status == "published"
    assert pusher.files("v1.1.0").keys() == load(second).files.keys()


def test_only_ones_own_pull_request_is_found(
    hub: Running, pusher: Pusher, api: HfApi, first: Path
) -> None:
    api.create_repo(pusher.repo_id, repo_type="dataset")
    repository = Repository(HfApi(endpoint=hub.url, token=GUEST), pusher.repo_id, HASTY)
    number = pull_request.find_or_open(repository, load(first), "guest")
    assert number == 1
    assert pull_request.find_open(repository, load(first), "guest") == 1
    assert pull_request.find_open(repository, load(first), "local") is None
    api.change_discussion_status(pusher.repo_id, 1, "closed", repo_type="dataset")
    assert pull_request.find_open(repository, load(first), "guest") is None


@pytest.mark.parametrize("endpoint", ["create-discussion", "discussion", "discussions"])
def test_a_lost_answer_makes_no_second_one(
    hub: Running, api: HfApi, repo_id: str, first: Path, endpoint: str
) -> None:
    hub.faults.forget()
    hub.faults.rules = [Fault("lost", nth=1, endpoint=endpoint)]
    repository = Repository(api, repo_id, HASTY)
    assert pull_request.find_or_open(repository, load(first), "local") == 1
    assert len(list(api.get_repo_discussions(repo_id, repo_type="dataset"))) == 1
