"""How long the whole quickstart takes in a fresh folder, against a minute."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.row import Row


def measure() -> Iterator[Row]:
    """One whole process, without any cache of an earlier run."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "vsfa_data", "build", "--quiet", "--out", folder + "/out"],
            check=True,
            env=_without_cache(folder),
        )
        yield Row("whole quickstart", time.perf_counter() - start, 60.0, "s", "<= 1")


def _without_cache(folder: str) -> dict[str, str]:
    import os

    return os.environ | {"XDG_CACHE_HOME": folder + "/cache"}
