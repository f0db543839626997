"""A full disk: one line, nothing half-written, and the next run goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vsfa_data.release.verify import verify

BUILD = [sys.executable, "-m", "vsfa_data", "build", "--quiet", "--workers", "0", "--limit", "16"]

MOUNTED = """
set -e
mount -t tmpfs -o size={size} tmpfs {folder}
{command} --out {folder}/out || code=$?
find {folder} -name '.tmp-*' | grep . && exit 99
mount -o remount,size=64m {folder}
{command} --out {folder}/out
{python} -m vsfa_data verify {folder}/out --json >&2
exit ${{code:-0}}
"""


@pytest.mark.parametrize("size", ["64k", "600k", "900k"])
def test_a_small_file_system_that_fills_up(tmp_path: Path, size: str) -> None:
    script = MOUNTED.format(
        size=size, folder=tmp_path, command=" ".join(BUILD), python=sys.executable
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
    )
    first, *rest = done.stderr.splitlines()
    assert done.returncode == 2, done.stderr
    assert first.startswith("error: no space left while writing ")
    assert first.endswith("run the same command again: finished shards are kept")
    assert '"verified": true' in "\n".join(rest)
    assert "Traceback" not in done.stderr


def test_a_quota_on_file_size(tmp_path: Path) -> None:
    limited = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh"]
    done = subprocess.run(
        [*limited, *BUILD, "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: no space left while writing ")
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob(".tmp-*"))
    subprocess.run([*BUILD, "--out", str(tmp_path)], check=True)
    assert verify(tmp_path).problems == ()
