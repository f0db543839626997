from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Vsfa
from tests.release.hub.releases import Pusher
from vsfa_data.hub_sim.server import Running


def test_folders_and_the_hub_in_any_mix(
    vsfa: Vsfa, hub: Running, new_id: str, first: Path, second: Path
) -> None:
    Pusher(hub, new_id).push(first)
    by_folder = json.loads(vsfa("diff", str(first), str(second), "--json").stdout)
    assert by_folder["rows"]["threat"]["added"] == 1
    assert by_folder["rows"]["control"]["removed"] == 2
    assert by_folder["files"]["removed"] == ["control/train-00000-of-00001.parquet"]
    assert by_folder["versions"] == ["1.0.0", "1.1.0"]
    by_hub = json.loads(vsfa("diff", f"{new_id}@v1.0.0", str(second), "--json").stdout)
    names = {"a": str(first)}
    assert by_hub | names == by_folder
    told = json.loads(vsfa("diff", new_id, str(second), "--revision", "v1.0.0", "--json").stdout)
    assert told == by_hub
    same = vsfa("diff", new_id, str(first))
    assert same.returncode == 0, same.stderr
    assert "fingerprints: the same" in same.stdout
    assert same.stderr == ""


def test_what_people_see(vsfa: Vsfa, first: Path, second: Path) -> None:
    # A title wraps where the terminal ends; how long the folders' names are is chance.
    said = " ".join(vsfa("diff", str(first), str(second)).stdout.split())
    assert "(1.0.0) -> " in said
    assert "fingerprints: different" in said
    for word in ("removed", "licence", "concept", "split control/train", "control/train-00000"):
        assert word in said, word


def test_mistakes(vsfa: Vsfa, hub: Running, repo_id: str, first: Path, tmp_path: Path) -> None:
    for arguments, said in (
        ((str(first), str(tmp_path)), "has no manifest.json"),
        ((str(first), repo_id), "has no manifest.json: it is no release"),
        ((str(first), f"{repo_id}@v9"), "there is no such revision"),
        ((str(first), "team/none"), "there is no such dataset"),
        ((str(first), str(first), "--revision", "v1"), "is for a folder and a Hub id"),
        ((repo_id, "team/none", "--revision", "v1"), "behind its id: team/vsfa@v1.0.0"),
        ((f"{repo_id}@v1", str(first), "--revision", "v1"), "names a revision already"),
    ):
        done = vsfa("diff", *arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
