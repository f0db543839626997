"""Peak memory of a build of 8,000 pictures against one of 2,000: it should not grow."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.corpus import RECIPE, pictures
from benchmarks.row import Row

FEW, MANY = 2_000, 8_000


def measure() -> Iterator[Row]:
    """Largest resident memory of the process and its workers together, 20 samples a second."""
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures()[:MANY]):
            # A thousand of the corpus's names are links, which the folder source leaves out.
            shutil.copyfile(picture, Path(folder, f"{number:05d}.png"))
        few, many = _peak_mb(folder, FEW), _peak_mb(folder, MANY)
    yield Row(f"peak memory, {MANY:,} / {FEW:,} pictures", many, few, "MB", "<= 1.1")


def _peak_mb(source: str, limit: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder, "openclipart.yaml")
        recipe.write_text(RECIPE, encoding="utf-8")
        command = [sys.executable, "-m", "vsfa_data", "build", str(recipe), "--quiet"]
        command += ["--limit", str(limit), "--out", folder + "/out"]
        return peak_mb([*command, "--set", f"collect.sources.0.path={source}"])


def peak_mb(command: list[str], **options: Any) -> float:
    """Most memory that a command and its children hold together, 20 samples a second.

    `options` are those of subprocess.Popen. Raises RuntimeError if the command fails.
    """
    with subprocess.Popen(command, **options) as process:
        peak, stop = [0], threading.Event()
        sampler = threading.Thread(target=_sample, args=(process.pid, peak, stop))
        sampler.start()
        code = process.wait()
        stop.set()
        sampler.join()
    if code:
        raise RuntimeError(f"{command} ended with {code}")
    return peak[0] / 1e6


def _sample(pid: int, peak: list[int], stop: threading.Event) -> None:
    root = psutil.Process(pid)
    while not stop.is_set():
        total = 0
        try:
            for process in (root, *root.children(recursive=True)):
                total += process.memory_info().rss
        except psutil.NoSuchProcess:
            pass
        peak[0] = max(peak[0], total)
        time.sleep(0.05)
