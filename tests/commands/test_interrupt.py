from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vsfa_data.cli import app
from vsfa_data.commands.interrupt import ending, terminable

WAIT = "threading.Event().wait()"
# A pool that is left waits for its threads, as a library's does.
POOL = f"""
with concurrent.futures.ThreadPoolExecutor() as pool:
    pool.submit(threading.Event().wait)
    {WAIT}
"""


@pytest.mark.parametrize("work", [WAIT, POOL])
def test_it_ends_at_once_whatever_waits(work: str) -> None:
    body = "\n".join(f"    {line}" for line in work.strip().splitlines())
    script = (
        "import concurrent.futures, signal, threading, typer\n"
        "signal.signal(2, signal.default_int_handler)\n"
        "from vsfa_data.commands.interrupt import ending\n"
        "def main() -> None:\n"
        "  with ending('stopped. Go on'):\n"
        "    print('ready', flush=True)\n"
        f"{body}\n"
        "typer.run(main)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        began = time.perf_counter()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "stopped. Go on\n")
    assert time.perf_counter() - began < 5


def test_afterwards_ctrl_c_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with ending("x"):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_sigterm_ends_a_build_as_ctrl_c_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def told(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("vsfa_data.pipeline.build", told)
    with pytest.raises(SystemExit) as ended:
        app(["build", "--out", str(tmp_path), "--quiet"])
    assert ended.value.code == 143
    assert capsys.readouterr().err == (
        "interrupted. Run the same command again to go on: finished shards are kept\n"
    )
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_sigterm_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with terminable():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
