"""The real client against a Hub on 127.0.0.1, in processes of their own: it reads its settings
when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hub_server import COMMIT, serving

SCRIPT = """
import sys
from vsfa_data.caption.local import hub
from vsfa_data.errors import UserError
repo, revision, download = sys.argv[1], sys.argv[2] or None, sys.argv[3] == "download"
try:
    found = hub.folder(repo, revision, ["*.json", "*.safetensors"], download=download)
    print(sorted(file.name for file in found.iterdir()))
except UserError as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repo")
    for name in ("config.json", "model.safetensors", "pytorch_model.bin", "run.py"):
        (folder / name).write_text(name)
    return folder


def ask(
    home: Path, endpoint: str, repo: str, revision: str, how: str = "download", **more: str
) -> str:
    settings = {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, repo, revision, how],
        env=os.environ | settings | more,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return done.stdout.strip()


def test_a_commit_is_downloaded_once_without_pickles_and_code_and_then_used_offline(
    repo: Path, tmp_path: Path
) -> None:
    files = "['config.json', 'model.safetensors']"
    with serving({"org/model": repo}) as endpoint:
        assert ask(tmp_path, endpoint, "org/model", COMMIT) == files
    # The server is gone.
    assert ask(tmp_path, endpoint, "org/model", COMMIT) == files
    assert ask(tmp_path, endpoint, "org/model", COMMIT, "here") == files


def test_without_a_network_it_fails_at_once_and_says_what_to_do(tmp_path: Path) -> None:
    started = time.monotonic()
    said = ask(tmp_path, "http://127.0.0.1:9", "org/model", COMMIT)
    assert time.monotonic() - started < 8  # the client's own retries take 25 s
    assert said.startswith(
        f"SetupError: the model org/model at {COMMIT[:12]} is not on this machine and the Hub "
        f"cannot be reached"
    )
    assert "--set caption.model=FOLDER" in said


def test_a_machine_that_is_told_to_stay_offline_does(repo: Path, tmp_path: Path) -> None:
    with serving({"org/model": repo}) as endpoint:
        said = ask(tmp_path, endpoint, "org/model", COMMIT, HF_HUB_OFFLINE="1")
    assert "(HF_HUB_OFFLINE is set)" in said


def test_what_the_hub_refuses_is_told(repo: Path, tmp_path: Path) -> None:
    with serving({"org/model": repo}, gated=frozenset({"org/gated"})) as endpoint:
        missing = ask(tmp_path, endpoint, "org/other", COMMIT)
        gated = ask(tmp_path, endpoint, "org/gated", COMMIT)
        commit = ask(tmp_path, endpoint, "org/model", "a" * 40)
        unpinned = ask(tmp_path, endpoint, "org/model", "")
    assert missing.startswith("UserError: caption.model: there is no model 'org/other' on the Hub")
    assert "hf auth login" in gated
    assert commit == f"UserError: caption.revision: org/model has no commit {'a' * 40}"
    assert unpinned.endswith(f"Its newest commit now: --set caption.revision={COMMIT}")


def test_a_name_without_a_revision_is_refused_offline_too(tmp_path: Path) -> None:
    said = ask(tmp_path, "http://127.0.0.1:9", "org/model", "", "here")
    assert said.startswith("UserError: caption.revision is not given")
