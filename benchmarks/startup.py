"""How long `vsfa-data --help` takes, against importing typer alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.row import Row

RUNS = 9


def measure() -> Iterator[Row]:
    """Medians of whole processes, the two in turn."""
    ours, bare = [], []
    for _ in range(RUNS):
        ours.append(_seconds("-m", "vsfa_data", "--help"))
        bare.append(_seconds("-c", "import typer"))
    yield Row(
        "vsfa-data --help / import typer",
        statistics.median(ours),
        statistics.median(bare),
        "s",
        "<= 3",
    )


def _seconds(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
