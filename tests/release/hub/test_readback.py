from __future__ import annotations

from pathlib import Path

import pytest

from tests.local_hub import GUEST, WRITE
from tests.release.hub.releases import HASTY, Pusher
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.fresh import Seen
from vsfa_data.release.hub.local import Local, load
from vsfa_data.release.hub.readback import FreshProcess, PassingError, confirm


def seen(local: Local) -> Seen:
    files = {name: file.sha256 for name, file in local.files.items()}
    return Seen([], local.made.fingerprint, files)


def test_in_a_process_of_its_own(
    hub: Running, pusher: Pusher, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = str(pusher.push(first).commit)
    # A module of the current folder must not get into a process that holds a token.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    hub.faults.forget()
    hub.faults.rules = [Fault("503", nth=1, endpoint="tree")]
    confirm(FreshProcess(hub.url, WRITE, quiet=True), pusher.repo_id, commit, load(first), HASTY)
    assert {call.method for call in hub.faults.calls} == {"GET", "HEAD"}
    with pytest.raises(UserError, match="there is no such dataset"):
        FreshProcess(hub.url, GUEST, quiet=True)(pusher.repo_id, commit)


def test_what_is_not_as_it_was_uploaded(first: Path) -> None:
    local = load(first)
    good = seen(local)
    confirm(lambda *_: good, "team/x", "c", local, HASTY)
    for bad, said in (
        (Seen(["a: b"], good.fingerprint, good.files), "as it was: a: b"),
        (Seen(["a", "b"], good.fingerprint, good.files), r"as it was: a \(and 1 more\)"),
        (Seen([], good.fingerprint, good.files | {"x": "0"}), "x: is not what was uploaded"),
        (Seen([], good.fingerprint, {}), "CHANGELOG.md: is not what was uploaded"),
        (Seen([], "0" * 64, good.files), "its fingerprint is another one"),
    ):
        with pytest.raises(UserError, match=said) as raised:
            confirm(lambda *_, found=bad: found, "team/x", "c", local, HASTY)
        assert "Neither main nor a tag was changed" in str(raised.value)


def test_what_may_pass_is_tried_three_times(first: Path) -> None:
    local, tries = load(first), list[str]()

    def read(repo_id: str, commit: str) -> Seen:
        tries.append(commit)
        if len(tries) < 3:
            raise PassingError("the line broke")
        return seen(local)

    confirm(read, "team/x", "c", local, HASTY)
    assert tries == ["c"] * 3

    def never(repo_id: str, commit: str) -> Seen:
        raise PassingError("the line broke")

    with pytest.raises(UserError, match=r"the line broke\. Neither main nor a tag was changed"):
        confirm(never, "team/x", "c", local, HASTY)
