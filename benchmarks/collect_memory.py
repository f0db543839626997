"""Peak memory of collecting 50,000 addresses against 1,000: it should not grow."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.collect import RECIPE, WORKERS
from benchmarks.memory import peak_mb
from benchmarks.row import Row
from benchmarks.web import Web, served

FEW, MANY, PHOTOS = 1_000, 50_000, 1_000
ROUNDS = 3
"""Runs of each, in turn. A list of 1,000 takes two seconds, in which peaks of what runs side by
side meet or miss each other: 20 MB between runs of the same list."""


def measure() -> Iterator[Row]:
    """Largest resident memory of all processes together, 20 samples a second; medians."""
    with served(PHOTOS) as web:
        os.environ["VSFA_DATA_TEST_ALLOW"] = ",".join({u.split("/")[2] for u in web.photos(16)})
        rounds = [[_peak_mb(web, number) for number in (FEW, MANY)] for _ in range(ROUNDS)]
    few, many = map(median, zip(*rounds, strict=True))
    yield Row(f"peak memory, {MANY:,} / {FEW:,} addresses", many, few, "MB", "<= 1.1")


def _peak_mb(web: Web, number: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        Path(place, "list.txt").write_text("\n".join(web.photos(number)), encoding="utf-8")
        Path(place, "recipe.yaml").write_text(RECIPE, encoding="utf-8")
        command = [sys.executable, "-m", "vsfa_data", "collect", "recipe.yaml", "--quiet"]
        command += ["--out", "out", "--workers", str(WORKERS)]
        path = str(Path(__file__).parents[1])
        return peak_mb(command, cwd=place, env=os.environ | {"PYTHONPATH": path})
