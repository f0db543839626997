"""Every kind of fault at every call that loading back makes: never a wrong answer, no change."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_hub import environment
from tests.release.hub import releases
from tests.release.hub.releases import Pusher
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import KINDS, Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.readback import PassingError
from vsfa_data.release.hub.session import connected

BRIEFLY = [kind for kind in KINDS if kind not in ("500", "502", "504", "slow", "clock")]
# One process for all: importing the libraries takes longer than all they do here.
LOOP = """
import json, sys, tempfile, time
from pathlib import Path
from huggingface_hub import constants
constants.HF_HUB_ETAG_TIMEOUT = constants.HF_HUB_DOWNLOAD_TIMEOUT = 0.25
time.sleep = lambda seconds: None
from vsfa_data.release.hub import fresh
from vsfa_data.release.hub.session import Patience, choose_endpoint, connected
from vsfa_data.release.hub.trouble import explain, passes
repo_id, commit, folder = sys.argv[1:]
for _ in sys.stdin:
    limits = Patience(read_s=0.25, write_s=0.25)
    with connected(choose_endpoint(None), None, limits, quiet=True):
        try:
            told = {"problems": fresh.load(repo_id, commit, Path(folder))}
        except Exception as error:
            told = {"error": repr(error), "passes": passes(error)}
    print(json.dumps(told), flush=True)
"""


@pytest.fixture
def pushed(pusher: Pusher, first: Path) -> str:
    """The commit that holds the release."""
    return str(pusher.push(first).commit)


@pytest.mark.parametrize("kind", BRIEFLY)
def test_downloading_and_verifying(
    hub: Running,
    pusher: Pusher,
    pushed: str,
    first: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT"):
        monkeypatch.setattr(f"huggingface_hub.constants.{name}", 0.25)
    files = {name: file.sha256 for name, file in load(first).files.items()}
    with connected(hub.url, None, releases.HASTY, quiet=True):
        hub.faults.forget()
        pusher.read_back(pusher.repo_id, pushed)
        total = len(hub.faults.calls)
        for number in range(1, total + 1):
            hub.faults.forget()
            hub.faults.rules = [Fault(kind, number)]
            try:
                seen = pusher.read_back(pusher.repo_id, pushed)
            except PassingError:
                assert kind not in ("403", "412")
            except UserError:
                assert kind in ("403", "412")
            else:
                assert (seen.problems, seen.files) == ([], files)
            assert {call.method for call in hub.faults.calls} <= {"GET", "HEAD"}


@pytest.fixture
def loader(hub: Running, pusher: Pusher, pushed: str, first: Path, tmp_path: Path) -> Iterator[Any]:
    """`loader()` -> what comes of `load_dataset` in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", LOOP, pusher.repo_id, pushed, str(first)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(hub, tmp_path),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask() -> dict[str, Any]:
            process.stdin.write("go\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())  # type: ignore[union-attr, no-any-return]

        yield ask
        process.stdin.close()


def test_load_dataset(hub: Running, loader: Any) -> None:
    assert loader() == {"problems": []}
    hub.faults.forget()
    assert loader() == {"problems": []}
    total = len(hub.faults.calls)
    assert total > 5
    for kind in ("503", "403", "truncated", "stall"):
        for number in range(1, total + 1):
            hub.faults.forget()
            hub.faults.rules = [Fault(kind, number)]
            told = loader()
            assert told == {"problems": []} or told["passes"] == (kind != "403"), (kind, number)
            assert {call.method for call in hub.faults.calls} <= {"GET", "HEAD"}
