"""Programs end with their own exit codes, whatever Arrow's threads are about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HALFWAY = """
import sys
from datasets import load_dataset
from vsfa_data import ending

def main():
    global rows
    loaded = load_dataset("parquet", data_files=sys.argv[1], split="train", streaming=True)
    rows = iter(loaded.with_format("arrow"))
    print(next(rows)["number"][0])
    sys.exit(2)

ending.run(main)
"""


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    noise = np.random.default_rng(0)
    table = pa.table({"number": range(1000), "data": [noise.bytes(50_000) for _ in range(1000)]})
    pq.write_table(table, path, row_group_size=70)
    return path


def _ended(
    script: str,
    *arguments: str,
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int | IO[str] = subprocess.PIPE,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, stdout=stdout, stderr=stderr, env=env, text=True, timeout=60)


def test_a_stream_left_halfway_neither_hangs_nor_aborts(parquet: Path, tmp_path: Path) -> None:
    for _ in range(3):
        done = _ended(HALFWAY, str(parquet), env=os.environ | {"HF_HOME": str(tmp_path)})
        assert (done.returncode, done.stdout) == (2, "0\n"), done.stderr


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('why')", 1, "why\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
    ],
)
def test_exit_codes_and_handlers(how: str, code: int, said: str) -> None:
    script = (
        "import atexit, sys, threading, time\nfrom vsfa_data import ending\n"
        "def late():\n    time.sleep(0.2)\n    print('thread')\n"
        "def main():\n    atexit.register(print, 'handler')\n"
        f"    threading.Thread(target=late).start()\n    {how}\n"
        "ending.run(main)\n"
    )
    done = _ended(script)
    assert (done.returncode, done.stdout) == (code, "thread\nhandler\n")
    assert done.stderr.endswith(said)
    assert bool(done.stderr) == bool(said)


def test_nothing_that_has_to_be_cleaned_up_is_registered_before_it() -> None:
    """It would not be: `ending.run` leaves before what was registered earlier."""
    script = (
        "import sys, weakref\nbefore = set(sys.modules)\nimport vsfa_data.__main__\n"
        "print(weakref.finalize._registered_with_atexit)\n"
        "print(sorted((set(sys.modules) - before) & {'multiprocessing.util', 'tempfile'}))\n"
    )
    assert _ended(script).stdout == "False\n[]\n"


def test_what_cannot_be_printed_is_no_success() -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    script = "from vsfa_data import ending\nending.run(lambda: print('result'))\n"
    with Path("/dev/full").open("w") as full:
        done = _ended(script, stdout=full, env=buffered)
        assert done.returncode == 120
        assert done.stderr.startswith("error: the output was not written: ")
        assert "No space left" in done.stderr
        assert _ended(script, stdout=full, stderr=full, env=buffered).returncode == 120
