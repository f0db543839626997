"""Real lack of memory and of disk space: one line, exit code 2, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vsfa_data.train.settings import Settings

SHORT_OF_MEMORY = """
import resource, sys
from pathlib import Path
from vsfa_data import cli
from vsfa_data.train import run

real = run._fitted

def fitted(*given):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 48 * 2**20, resource.RLIM_INFINITY))
    return real(*given)

run._fitted = fitted
sys.argv[0] = "vsfa-data"
cli.main()
"""


def arguments(settings: Settings, out: Path, **more: object) -> list[str]:
    given = {"model": settings.model, "max-steps": 4, "out": out, **more}
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return ["train", settings.dataset, *words, "-q"]


def test_out_of_memory(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    settings = make_settings("qwen2_5_vl")
    given = arguments(settings, tmp_path / "out", **{"batch-size": 256, "accumulate": 1})
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY, *given], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        "error: out of memory. Lower --batch-size from 256 to 128 and raise --accumulate from 1 "
        "to 2: nearly the same run; or add --dry-run to see what a run needs\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_no_space_for_a_checkpoint(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    settings = make_settings()
    # 4 MB hold the pictures, but not the weights and the state of the optimizer at this rank.
    script = (
        'mount -t tmpfs -o size=4m tmpfs "$0" && shift 0 && "$@"; code=$?; '
        'ls "$0/out" >&2 2>/dev/null; mount -o remount,size=64m "$0" && "$@" && '
        'ls "$0/out/adapter/run.json" && exit $code'
    )
    given = arguments(settings, tmp_path / "out", **{"rank": 512, "save-every": 1})
    command = [sys.executable, "-m", "vsfa_data", *given]
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, tmp_path, *command],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    first = done.stderr.splitlines()[0]
    assert first.startswith("error: no space left for a checkpoint or the adapter. Free some"), (
        done.stderr
    )
    assert "Traceback" not in done.stderr
    assert "adapter\n" not in done.stderr
    assert done.stdout.endswith("run.json\n")
