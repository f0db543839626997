from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.local_hub import READ, WRITE
from tests.release.hub import releases
from tests.release.hub.releases import Pusher
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.fresh import Seen
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.plan import Wishes
from vsfa_data.release.hub.push import Target, push
from vsfa_data.release.hub.session import Patience


def uploads(pusher: Pusher) -> int:
    return pusher.calls().count("upload")


def test_a_new_repository_is_private_and_has_one_commit_of_ours(
    hub: Running, pusher: Pusher, api: HfApi, first: Path
) -> None:
    done = pusher.push(first)
    assert (done.status, done.private, done.version) == ("published", True, "1.0.0")
    assert [action.action for action in pusher.said] == [
        *("verify", "create", "upload", "load back", "commit", "tag", "delete")
    ]
    assert pusher.refs() == {"main": done.commit, "v1.0.0": done.commit}
    assert pusher.files().keys() == load(first).files.keys()
    assert api.dataset_info(pusher.repo_id).private is True
    history = api.list_repo_commits(pusher.repo_id, repo_type="dataset")
    assert [one.title for one in history] == ["Version 1.0.0", "initial commit"]
    assert load(first).made.fingerprint in history[0].message
    moved = [commit for _, ref, commit in hub.hub.history if ref == "refs/heads/main"]
    assert moved == [done.commit]


def test_the_same_again_uploads_nothing_in_a_handful_of_calls(
    hub: Running, pusher: Pusher, first: Path
) -> None:
    pusher.push(first)
    before = pusher.refs()
    hub.faults.forget()
    done = pusher.push(first)
    assert (done.status, done.commit, done.actions) == ("unchanged", None, ())
    assert pusher.calls() == ["whoami", "info", "refs", "tree"]
    assert pusher.refs() == before


def test_the_next_version_sends_what_is_new_and_removes_what_is_gone(
    hub: Running, pusher: Pusher, first: Path, second: Path
) -> None:
    pusher.push(first)
    old = pusher.files()
    hub.faults.forget()
    done = pusher.push(second)
    sent = {Path(call.path).name for call in hub.faults.calls if call.endpoint == "upload"}
    new = {f.sha256: name for name, f in load(second).files.items()}
    assert {new[sha256] for sha256 in sent} == {
        *("charts/content.png", "charts/funnel.png", "threat/train-00000-of-00001.parquet")
    }
    assert pusher.files().keys() == load(second).files.keys()
    assert pusher.files("v1.0.0") == old
    assert "control/train-00000-of-00001.parquet" in old
    assert pusher.refs() == {
        "main": done.commit,
        "v1.0.0": pusher.refs()["v1.0.0"],
        "v1.1.0": done.commit,
    }


def test_a_dry_run_changes_nothing(hub: Running, pusher: Pusher, first: Path) -> None:
    done = pusher.push(first, dry_run=True)
    assert done.status == "planned"
    assert len(done.actions) == 6
    assert {call.method for call in hub.faults.calls} == {"GET"}
    assert hub.hub.storage.find("datasets", *pusher.repo_id.split("/")) is None
    assert [action.action for action in pusher.said] == ["verify"]


def test_a_dry_run_without_a_token_knows_what_anybody_does(
    pusher: Pusher, api: HfApi, first: Path, second: Path, tmp_path: Path
) -> None:
    stranger = dataclasses.replace(pusher, token=None)
    unknown = stranger.push(first, dry_run=True)
    assert (unknown.anonymous, unknown.actions[0].action) == (True, "create")
    assert pusher.push(first).anonymous is False
    # It is private: for a stranger there is still none.
    assert stranger.push(first, dry_run=True).actions == unknown.actions
    api.update_repo_settings(pusher.repo_id, repo_type="dataset", private=False, gated=False)
    assert stranger.push(first, dry_run=True).actions == ()
    with pytest.raises(UserError, match="no token"):
        stranger.push(first)
    # Behind a gate files can be listed, and not read: the plan is the same, less what they hold.
    seen = stranger.push(second, dry_run=True)
    api.update_repo_settings(pusher.repo_id, repo_type="dataset", gated="manual")
    unseen = stranger.push(second, dry_run=True)
    assert unseen.actions == seen.actions
    assert seen.actions[0].action == "upload"
    assert (seen.hidden, unseen.hidden) == (False, True)
    assert not pusher.push(second, dry_run=True).hidden
    edited = releases.make(
        tmp_path / "edited",
        "1.0.0",
        [releases.samples.Picture(releases.samples.drawn(9), "threat")],
    )
    with pytest.raises(UserError, match=r"with other content: its gate hides which\."):
        stranger.push(edited, dry_run=True)


def test_public_comes_last_and_the_gate_first(
    hub: Running, pusher: Pusher, api: HfApi, first: Path
) -> None:
    done = pusher.push(first, public=True, gate="auto")
    assert done.private is False
    info = api.dataset_info(pusher.repo_id)
    assert (info.private, info.gated) == (False, "auto")
    said = [action.action for action in pusher.said]
    assert said == [
        *("verify", "create", "gate", "upload"),
        *("load back", "commit", "tag", "publish", "delete"),
    ]
    # Asked for on its own, later, it is all that is done.
    api.update_repo_settings(pusher.repo_id, repo_type="dataset", private=True)
    again = pusher.push(first, public=True, gate="manual")
    assert (again.status, [one.action for one in again.actions]) == (
        "unchanged",
        ["gate", "publish"],
    )
    assert pusher.push(first, gate="no").status == "unchanged"
    assert api.dataset_info(pusher.repo_id).gated is False
    with pytest.raises(UserError, match="exclude each other"):
        pusher.push(first, public=True, private=True)


def test_what_does_not_load_back_stays_off_main(
    hub: Running, pusher: Pusher, first: Path, second: Path
) -> None:
    pusher.push(first)
    before = pusher.refs()
    target = Target(
        pusher.repo_id,
        hub.url,
        WRITE,
        quiet=True,
        read_back=lambda *_: Seen(["threat/train-*: broken"]),
    )
    with pytest.raises(UserError, match="does not load back as it was: threat/train-"):
        push(second, target, Wishes())
    assert pusher.refs() == before | {"staging-v1.1.0": pusher.refs()["staging-v1.1.0"]}
    hub.faults.forget()
    assert pusher.push(second).status == "published"
    assert uploads(pusher) == 0
    assert "staging-v1.1.0" not in pusher.refs()


def test_another_content_under_the_same_version_shows_the_diff(
    hub: Running, pusher: Pusher, first: Path, tmp_path: Path
) -> None:
    pusher.push(first)
    before = pusher.refs()
    drawn = [releases.samples.Picture(releases.samples.drawn(n), "threat") for n in (0, 9)]
    other = releases.make(tmp_path / "release", "1.0.0", drawn)
    hub.faults.forget()
    with pytest.raises(UserError) as raised:
        pusher.push(other)
    said = str(raised.value)
    assert "threat: 1 rows added, 1 removed, 0 changed" in said
    assert "control: 0 rows added, 2 removed" in said
    assert "raise 'version'" in said
    assert "\n" not in said
    assert pusher.refs() == before
    assert {call.method for call in hub.faults.calls} <= {"GET", "HEAD", "POST"}
    assert not {"commit", "batch", "create-branch", "preupload"} & set(pusher.calls())


def test_only_the_card_differs(pusher: Pusher, first: Path, tmp_path: Path) -> None:
    pusher.push(first)
    pictures = [
        releases.samples.Picture(releases.samples.drawn(n), ("threat", "control")[n % 2])
        for n in range(4)
    ]
    configs = ("threat", "control")
    same_rows = releases.make(
        tmp_path / "release", "1.0.0", pictures, configs=configs, gated="manual"
    )
    with pytest.raises(UserError, match=r"the rows are the same; files: README.md"):
        pusher.push(same_rows)


def test_an_edited_release_is_refused_before_any_call(
    hub: Running, pusher: Pusher, first: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(first, tmp_path / "release"))
    (copy / "README.md").write_text("mine")
    with pytest.raises(UserError, match=r"README\.md: has 4 bytes"):
        pusher.push(copy)
    assert hub.faults.calls == []


@pytest.mark.parametrize("token", [None, READ, "hf_expired"])
def test_tokens_that_cannot_push(
    hub: Running, pusher: Pusher, first: Path, token: str | None
) -> None:
    pusher.token = token
    with pytest.raises(UserError, match=r"no token|may only read|wrong or has expired") as raised:
        pusher.push(first)
    assert set(pusher.calls()) <= {"whoami"}
    assert token is None or token not in str(raised.value)


def test_no_network_fails_within_seconds(pusher: Pusher, first: Path) -> None:
    nowhere = dataclasses.replace(pusher.hub, url="http://127.0.0.1:9")
    began = time.perf_counter()
    with pytest.raises(UserError, match="could not ask the Hub who you are: the Hub cannot be"):
        Pusher(nowhere, pusher.repo_id, patience=Patience()).push(first)
    assert time.perf_counter() - began < 8


def test_somebody_elses_namespace(pusher: Pusher, first: Path) -> None:
    pusher.repo_id = "guest/set"
    with pytest.raises(UserError, match=r"could not create guest/set: the token does not allow it"):
        pusher.push(first)


def test_a_repository_made_public_by_others_gets_nothing(
    hub: Running, pusher: Pusher, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an organisation's rule or a race with somebody else's create would have it.
    create = HfApi.create_repo

    def public(api: HfApi, repo_id: str, *, private: bool, **given: object) -> object:
        return create(api, repo_id, private=False, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(HfApi, "create_repo", public)
    with pytest.raises(UserError, match="is public although a private one was asked for"):
        pusher.push(first)
    assert "create-branch" not in pusher.calls()
