from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from huggingface_hub import HfApi

from tests.local_hub import GUEST, WRITE, environment
from tests.release.hub.releases import Pusher
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub import fresh
from vsfa_data.release.hub.local import load

TRAIN = "threat/train-00000-of-00001.parquet"


def ask(hub: Running, home: Path, token: str, **job: object) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "vsfa_data.release.hub.fresh"],
        input=json.dumps({"quiet": True, **job}),
        capture_output=True,
        text=True,
        env=environment(hub, home, token) | {"HF_HUB_CACHE": str(home), "HF_DATASETS_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_a_stranger_sees_what_was_pushed_and_leaves_nothing(
    hub: Running, pusher: Pusher, first: Path, tmp_path: Path
) -> None:
    commit = pusher.push(first).commit
    seen = ask(hub, tmp_path, WRITE, repo_id=pusher.repo_id, revision=commit)
    local = load(first)
    assert seen["problems"] == []
    assert seen["fingerprint"] == local.made.fingerprint
    assert seen["files"] == {name: file.sha256 for name, file in local.files.items()}
    assert list(tmp_path.iterdir()) == []
    refused = ask(hub, tmp_path, GUEST, repo_id=pusher.repo_id, revision=commit)
    assert "there is no such dataset" in str(refused["error"])
    assert refused["passes"] is False


def test_damage_is_seen(pusher: Pusher, api: HfApi, first: Path, tmp_path: Path) -> None:
    pusher.push(first)
    data = bytearray((first / TRAIN).read_bytes())
    data[len(data) // 2] ^= 1
    made = api.upload_file(
        path_or_fileobj=bytes(data),
        path_in_repo=TRAIN,
        repo_id=pusher.repo_id,
        repo_type="dataset",
    )
    seen = fresh.examine(api, pusher.repo_id, made.oid, tmp_path)
    assert seen.problems[0].startswith(f"{TRAIN}: its sha256 starts ")
    assert seen.files[TRAIN] != load(first).files[TRAIN].sha256


def test_what_load_dataset_does_not_read_as_it_should(
    hub: Running, pusher: Pusher, api: HfApi, first: Path, tmp_path: Path
) -> None:
    pusher.push(first)
    card = (first / "README.md").read_text(encoding="utf-8")
    card = card.replace("num_examples: 2", "num_examples: 3", 1)
    card = card.replace("path: control/train-*", "path: threat/train-*")
    made = api.upload_file(
        path_or_fileobj=card.encode(),
        path_in_repo="README.md",
        repo_id=pusher.repo_id,
        repo_type="dataset",
    )
    script = (
        "import json, sys; from pathlib import Path\n"
        "from vsfa_data.release.hub.fresh import load\n"
        "print(json.dumps(load(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, pusher.repo_id, made.oid, str(first)],
        capture_output=True,
        text=True,
        env=environment(hub, tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "control/train: the card does not say 2 rows",
        "control/train: does not start with the row that it should",
    ]


def test_no_variable_leads_to_the_users_caches() -> None:
    known = {name for name in os.environ if name.startswith("HF_") and name.endswith("CACHE")}
    assert known <= set(fresh.UNSET)
