"""A push is killed after every one of its calls, and the next run finishes it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.local_hub import environment
from tests.release.hub import releases
from tests.release.hub.releases import Pusher
from vsfa_data.hub_sim.faults import Call
from vsfa_data.hub_sim.server import Running

PRELOAD = ["tests.release.hub.releases", "datasets", "huggingface_hub", "pyarrow.parquet", "PIL"]


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    """Starts processes that have imported everything: a push then takes no longer than here."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def killing(hub: Running, pid: list[int], number: int) -> None:
    """Kill process `pid` when call `number` was dealt with, before its answer leaves."""

    def after(call: Call) -> None:
        if call.number == number:
            os.kill(pid[0], signal.SIGKILL)

    hub.faults.forget()
    hub.faults.after = after


def test_killed_after_every_call_and_finished(
    hub: Running, first: Path, second: Path, server: ForkServerContext, new_id: str
) -> None:
    template = Pusher(hub, f"{new_id}-template")
    template.push(first)
    old = template.files()
    hub.faults.forget()
    template.push(second)
    total = len(hub.faults.calls)
    new = template.files()
    assert total > 35
    template = Pusher(hub, f"{new_id}-old")
    template.push(first)
    ends = []
    for number in range(1, total + 1):
        pusher = Pusher(hub, f"{new_id}-{number}")
        place = releases.copied(hub, template.repo_id, pusher.repo_id)
        pid: list[int] = []
        killing(hub, pid, number)
        process = server.Process(
            target=releases.push_to, args=(hub.url, pusher.repo_id, str(second))
        )
        process.start()
        pid.append(process.pid or 0)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, number
        hub.faults.forget()
        refs, now = pusher.refs(), pusher.files()
        assert now in (old, new), number
        assert refs.get("v1.1.0") in (None, refs["main"] if now == new else None), number
        ends.append((now == new, "v1.1.0" in refs))
        arrived = {path.name for path in place.rglob("lfs/*/*/*")}
        hub.faults.forget()
        pusher.push(second)
        sent = {Path(call.path).name for call in hub.faults.calls if call.endpoint == "upload"}
        assert not sent & arrived
        refs = pusher.refs()
        assert pusher.files() == new, number
        assert refs.keys() == {"main", "v1.0.0", "v1.1.0"}, number
        assert refs["main"] == refs["v1.1.0"] != refs["v1.0.0"], number
    # Killed before the commit, between commit and tag, and after both.
    assert set(ends) == {(False, False), (True, False), (True, True)}


def test_the_program_killed_while_it_loads_back(
    hub: Running, new_id: str, first: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "vsfa_data", "push", str(first), new_id]
    known = environment(hub, tmp_path / "home")
    pid: list[int] = []

    def after(call: Call) -> None:
        if call.endpoint == "resolve":
            os.kill(pid[0], signal.SIGKILL)
            hub.faults.after = None

    hub.faults.after = after
    with subprocess.Popen(command, env=known, stderr=subprocess.DEVNULL) as process:
        pid.append(process.pid)
    assert process.returncode == -signal.SIGKILL
    pusher = Pusher(hub, new_id)
    assert pusher.refs().keys() == {"main", "staging-v1.0.0"}
    hub.faults.forget()
    again = subprocess.run(command, env=known, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert "upload" not in pusher.calls()
    assert pusher.refs().keys() == {"main", "v1.0.0"}
