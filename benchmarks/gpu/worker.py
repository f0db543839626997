"""`vsfa-data train` in this process, which then says how much of its GPU's memory it had taken."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Final

FOLDER: Final = "BENCHMARK_PEAKS"
"""The environment variable that names the folder for what the processes say."""

if __name__ == "__main__":
    try:
        runpy.run_module("vsfa_data.train", run_name="__main__", alter_sys=True)
    finally:
        import torch

        rank, peak = os.environ.get("LOCAL_RANK", "0"), torch.cuda.max_memory_reserved()
        Path(os.environ[FOLDER], rank).write_text(str(peak), encoding="utf-8")
