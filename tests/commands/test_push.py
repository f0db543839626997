from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.commands.conftest import Vsfa
from tests.local_hub import READ, WRITE, environment
from tests.release.hub.releases import Pusher
from vsfa_data.commands.push import _plain, _show, line, megabytes
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.plan import Action
from vsfa_data.release.hub.push import Pushed

COLUMNS = 140


def on_terminal(hub: Running, home: Path, *arguments: str) -> tuple[int, str]:
    """The program's exit code, and what a person at a terminal has seen of it in the end."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (40, COLUMNS))
    command = [sys.executable, "-m", "vsfa_data", *arguments]
    known = environment(hub, home) | {"TERM": "xterm"}
    with subprocess.Popen(command, env=known, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        with contextlib.suppress(OSError):  # Linux says so when nobody has the other end open
            while data := os.read(ours, 2**16):
                seen += data
    os.close(ours)
    return process.returncode, seen.decode()


def test_first_a_plan_then_the_push_then_nothing(
    vsfa: Vsfa, hub: Running, new_id: str, first: Path, tmp_path: Path
) -> None:
    planned = vsfa("push", str(first), new_id, "--dry-run", token=None)
    assert planned.returncode == 0, planned.stderr
    lines = planned.stdout.splitlines()
    assert lines[0] == f"would create {new_id}, a private dataset repository"
    assert lines[1].startswith("would upload to the branch staging-v1.0.0: 9 files, ")
    assert lines[-1] == "would delete the branch staging-v1.0.0"
    assert planned.stderr == (
        f"no token: this is what anybody can see of {new_id}. Whether there is a private "
        "repository of that name was not asked. Run 'hf auth login', or set HF_TOKEN, for the plan "
        "of a push\n"
    )
    assert not [call for call in hub.faults.calls if call.method not in ("GET", "HEAD")]
    code, seen = on_terminal(hub, tmp_path / "terminal", "push", str(first.parent), new_id)
    assert code == 0, seen
    # Bars: how many files, and of each large one how many bytes and how fast.
    assert re.search(r"Upload 4 LFS files: 100%\|\S+\| 4/4 \[", seen), seen
    size = (first / "threat" / "train-00000-of-00001.parquet").stat().st_size
    whole = f"{size / 1000:.1f}k"
    bar = rf"train-00000-of-00001\.parquet: 100%\|\S+\| {whole}/{whole} \[.*, +[\d.]+[kM]?B/s"
    assert re.search(bar, seen), seen
    assert re.search(r"Fetching \d+ files: 100%", seen), seen
    assert f"published v1.0.0: {hub.url}/datasets/{new_id}/tree/v1.0.0" in seen
    assert "It is private" in seen
    again = vsfa("push", str(first), new_id, "--json")
    assert again.returncode == 0
    told = json.loads(again.stdout)
    assert (told["status"], told["actions"], told["tag"]) == ("unchanged", [], "v1.0.0")
    assert again.stderr == ""
    plain = vsfa("push", str(first), new_id)
    assert "nothing uploaded: " in plain.stderr
    assert plain.stdout == ""
    last = vsfa("push", str(first), new_id, "--dry-run")
    assert last.stdout == f"nothing to do: {new_id} has v1.0.0 with this very content\n"
    assert last.stderr == ""


def test_json_says_what_was_done(
    vsfa: Vsfa, hub: Running, api: HfApi, new_id: str, second: Path
) -> None:
    options = ("--public", "--gated", "auto", "--json")
    done = vsfa("push", str(second), new_id, "--endpoint", f"{hub.url}/", *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert (told["status"], told["private"], told["version"]) == ("published", False, "1.1.0")
    assert told["gated"] == "auto"
    assert told["commit"] == api.dataset_info(new_id, revision="v1.1.0").sha
    assert api.dataset_info(new_id).gated == "auto"
    upload = next(one for one in told["actions"] if one["action"] == "upload")
    size = sum(path.stat().st_size for path in second.rglob("*") if path.is_file())
    assert (upload["files"], upload["bytes"]) == (8, size)


def test_a_pull_request(vsfa: Vsfa, hub: Running, repo_id: str, first: Path) -> None:
    done = vsfa("push", str(first), repo_id, "--pr")
    assert done.returncode == 0, done.stderr
    assert f"ready to be merged: {hub.url}/datasets/{repo_id}/discussions/1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "token", "said"),
    [
        (("team/a/b",), WRITE, "'team/a/b' is no repository id"),
        (("team/new",), None, "no token: pushing needs one that may write"),
        (("team/new",), READ, "may only read"),
        (("team/new",), "hf_gone", "is wrong or has expired"),
        (("team/new", "--pr"), WRITE, "there is no dataset team/new"),
        (("team/new", "--public", "--private"), WRITE, "exclude each other"),
        (("team/new", "--endpoint", "http://127.0.0.1:9"), WRITE, "the Hub cannot be reached"),
        (("team/new", "--endpoint", "http://hub.example"), WRITE, "in clear over the network"),
    ],
)
def test_mistakes_are_one_line(
    vsfa: Vsfa, first: Path, arguments: tuple[str, ...], token: str | None, said: str
) -> None:
    began = time.perf_counter()
    done = vsfa("push", str(first), *arguments, token=token)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    *before, last = done.stderr.splitlines()
    assert last.startswith("error: ")
    assert before in ([], [f"verify {first}"])
    assert token is None or token not in done.stderr
    assert time.perf_counter() - began < 20


def test_a_folder_without_a_release(vsfa: Vsfa, tmp_path: Path) -> None:
    # Told before a token is asked for.
    for folder, wrong in ((str(tmp_path), "has no manifest.json"), ("x" * 300, "is no path")):
        done = vsfa("push", folder, "team/new", token=None)
        assert (done.returncode, done.stdout) == (2, "")
        (said,) = done.stderr.splitlines()
        assert wrong in said


def test_ctrl_c_ends_in_one_line_and_the_next_run_finishes(
    hub: Running, new_id: str, first: Path, tmp_path: Path
) -> None:
    # Whoever runs the tests in the background has ctrl-C ignored, and children inherit that.
    heard = "import os, signal, sys; signal.signal(2, signal.default_int_handler); "
    start = [sys.executable, "-c", heard + "os.execv(sys.argv[1], sys.argv[1:])", sys.executable]
    command = [*start, "-m", "vsfa_data", "push", str(first), new_id]
    for endpoint in ("upload", "resolve", "create-tag"):
        hub.faults.forget()
        hub.faults.rules = [Fault("stall", nth=1, endpoint=endpoint)]
        with subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(hub, tmp_path / "home"),
            start_new_session=True,
        ) as process:
            deadline = time.perf_counter() + 60
            while not any(call.endpoint == endpoint for call in list(hub.faults.calls)):
                assert time.perf_counter() < deadline
                time.sleep(0.01)
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert said.splitlines()[-1].startswith("interrupted. main and all tags are whole")
        assert "Traceback" not in said, said
    pusher = Pusher(hub, new_id)
    assert "v1.0.0" not in pusher.refs()
    hub.faults.forget()
    pusher.push(first)
    assert "upload" not in pusher.calls()
    assert pusher.refs().keys() == {"main", "v1.0.0"}


def test_words_for_actions() -> None:
    assert line(Action("tag", "v1.0.0")) == "tag v1.0.0"
    assert line(Action("upload", "there", 2, 1500)) == "upload there: 2 files, 1.5 kB"
    assert [megabytes(size) for size in (None, 999, 10**6, 3 * 10**12)] == [
        *("0 bytes", "999 bytes", "1.0 MB", "3,000.0 GB")
    ]


def test_a_plan_says_what_it_could_not_see(capsys: pytest.CaptureFixture[str]) -> None:
    action = Action("tag", "v1.1.0")
    planned = Pushed("team/vsfa", "1.1.0", "planned", False, [action], anonymous=True, hidden=True)
    _show(planned, "https://hub/datasets/team/vsfa")
    said = capsys.readouterr()
    assert said.out == "would tag v1.1.0\n"
    lines = said.err.splitlines()
    assert "Whether you may write to it was not asked." in lines[0]
    assert lines[1].startswith("Its gate hid what it holds: whether that is this dataset, and")
    assert _plain(planned, "")["hidden"] is True
