from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from huggingface_hub import HfApi

# Whoever runs the tests in the background has ctrl-C ignored, and children inherit that.
HEARD = "import os, signal, sys; signal.signal(2, signal.default_int_handler); "
START = [sys.executable, "-c", HEARD + "os.execv(sys.argv[1], sys.argv[1:])", sys.executable]
COMMAND = [*START, "-m", "vsfa_data", "hub-sim", "--port", "0", "--dir"]


def test_it_prints_what_a_shell_needs_and_serves_until_ctrl_c(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, str(tmp_path / "hub")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(3)]
        told = dict(line.removeprefix("export ").split("=") for line in lines)
        assert told["HF_HUB_DISABLE_XET"] == "1"
        api = HfApi(endpoint=told["HF_ENDPOINT"], token=told["HF_TOKEN"])
        api.create_repo("team/set", repo_type="dataset")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.endswith(f"stopped. Its repositories stay in {tmp_path / 'hub'}\n")
    assert (tmp_path / "hub" / "datasets" / "team" / "set" / "about.json").is_file()


def test_json_is_one_object(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, str(tmp_path), "--json"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = b""
        while not said.endswith(b"\n}\n"):
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
    told = json.loads(said)
    assert told["environment"]["HF_ENDPOINT"] == told["url"]


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [*COMMAND, str(tmp_path / "file" / "hub")], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot use ")
    assert done.stderr.count("\n") == 1
