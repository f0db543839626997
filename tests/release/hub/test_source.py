from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from tests.release.hub.releases import HASTY, Pusher
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release import contents
from vsfa_data.release.hub.names import Place
from vsfa_data.release.hub.remote import Repository
from vsfa_data.release.hub.source import at, fetched
from vsfa_data.release.verify import verify


@pytest.fixture
def pushed(pusher: Pusher, first: Path) -> Repository:
    pusher.push(first)
    return Repository(pusher.api, pusher.repo_id, HASTY)


def test_a_release_is_read_without_its_pictures(
    hub: Running, api: HfApi, pushed: Repository, first: Path, tmp_path: Path
) -> None:
    place = Place(pushed.id, "v1.0.0")
    hub.faults.forget()
    there = contents.read(at(pushed, place))
    here = contents.read(contents.Folder(first, "here"))
    assert there.label == f"{pushed.id}@v1.0.0"
    assert (there.rows, there.schema, there.made) == (here.rows, here.schema, here.made)
    assert not {call.path for call in hub.faults.calls if call.path.endswith("README.md")}


def test_a_whole_one_is_gone_afterwards(pushed: Repository) -> None:
    with fetched(pushed, Place(pushed.id, "v1.0.0")) as folder:
        assert verify(folder).problems == ()
    assert not folder.exists()


def test_lines_break(hub: Running, pushed: Repository) -> None:
    hub.faults.forget()
    hub.faults.rules = [
        Fault("503", nth=1, endpoint="revision"),
        Fault("reset", nth=1, endpoint="resolve"),
    ]
    contents.read(at(pushed, Place(pushed.id, "v1.0.0")))
    hub.faults.forget()
    hub.faults.rules = [Fault("503", nth=1, endpoint="resolve", times=99)]
    with pytest.raises(UserError, match=r"could not read .*: the Hub is in trouble"):
        contents.read(at(pushed, Place(pushed.id, "v1.0.0")))


def test_what_is_no_release(api: HfApi, pushed: Repository, repo_id: str) -> None:
    with pytest.raises(UserError, match=r"has no manifest\.json: it is no release"):
        at(Repository(api, repo_id, HASTY), Place(repo_id)).manifest()
    with pytest.raises(UserError, match=r"there is no such revision 'v9'\. Its tags: v1\.[01]\.0"):
        at(pushed, Place(pushed.id, "v9"))
    api.create_commit(
        repo_id,
        [CommitOperationAdd("manifest.json", b"{}")],
        commit_message="x",
        repo_type="dataset",
    )
    with pytest.raises(UserError, match=r"manifest\.json: name: Field required"):
        at(Repository(api, repo_id, HASTY), Place(repo_id)).manifest()
