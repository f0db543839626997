"""A full disk: one line, nothing half-written, and the next run goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from vsfa_data.release.verify import verify

BUILD = [sys.executable, "-m", "vsfa_data", "build", "--quiet", "--workers", "0", "--limit", "16"]

MOUNTED = """
mount -t tmpfs tmpfs {folder} || exit 98
for size in {sizes}; do
    mount -o remount,size=$size {folder}
    {command} --out {folder}/out
    echo "exit code $?" >&2
    find {folder} -name '.tmp-*' | grep . && exit 99
done
mount -o remount,size=64m {folder}
{command} --out {folder}/out && {python} -m vsfa_data verify {folder}/out --json >&2
"""
SIZES = ("64k", "600k", "900k")


def test_a_small_file_system_that_fills_up_again_and_again(tmp_path: Path) -> None:
    script = MOUNTED.format(
        sizes=" ".join(SIZES), folder=tmp_path, command=" ".join(BUILD), python=sys.executable
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    for number in range(len(SIZES)):
        said, code = lines[2 * number : 2 * number + 2]
        assert code == "exit code 2", done.stderr
        assert said.startswith("error: no space left while writing ")
        assert said.endswith("run the same command again: finished shards are kept")
    assert '"verified": true' in "\n".join(lines[2 * len(SIZES) :])
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
