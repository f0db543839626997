from __future__ import annotations

import json
from pathlib import Path

from huggingface_hub import HfApi

from tests.commands.conftest import Vsfa
from tests.local_hub import GUEST
from tests.release.hub.releases import Pusher
from vsfa_data.hub_sim.server import Running


def test_a_revision_on_the_hub(
    vsfa: Vsfa, hub: Running, api: HfApi, new_id: str, first: Path, second: Path
) -> None:
    for folder in (first, second):
        Pusher(hub, new_id).push(folder)
    told = json.loads(vsfa("verify", new_id, "--revision", "v1.0.0", "--json").stdout)
    manifest = json.loads((first / "manifest.json").read_bytes())
    assert (told["verified"], told["fingerprint"]) == (True, manifest["fingerprint"])
    assert set(told["configs"]) == {"threat", "control"}
    newest = vsfa("verify", new_id)
    assert newest.returncode == 0, newest.stderr
    lines = newest.stdout.splitlines()
    fingerprint = json.loads((second / "manifest.json").read_bytes())["fingerprint"]
    assert (lines[0].strip(), lines[-1]) == ("verified", f"fingerprint: {fingerprint}")
    assert "threat" in newest.stdout
    assert "control" not in newest.stdout
    api.upload_file(
        path_or_fileobj=b"mine", path_in_repo="notes.txt", repo_id=new_id, repo_type="dataset"
    )
    edited = vsfa("verify", f"{new_id}@main")
    assert edited.returncode == 2
    assert "notes.txt: not listed in the manifest" in edited.stderr
    assert vsfa("verify", new_id, "--revision", "v1.0.0").returncode == 0


def test_mistakes(vsfa: Vsfa, hub: Running, new_id: str, first: Path) -> None:
    done = vsfa("verify", str(first), "--revision", "v1")
    assert done.returncode == 2
    assert "is a folder, and folders have no --revision" in done.stderr
    done = vsfa("verify", "out/nothing")
    assert done.returncode == 2
    assert "there is no folder out/nothing here" in done.stderr
    assert "there is no such dataset" in done.stderr
    Pusher(hub, new_id).push(first)
    done = vsfa("verify", new_id, token=GUEST)
    assert "it is private and the token may not see it" in done.stderr
    assert vsfa("verify", "./nothing").stderr.startswith("error: nothing does not exist")
