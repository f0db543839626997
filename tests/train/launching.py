"""Command lines of `accelerate launch`, as docs/train.md shows them, for two processes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

LAUNCH = [sys.executable, "-m", "accelerate.commands.accelerate_cli", "launch"]
PLAIN = ["--num_processes", "2", "--num_machines", "1", "--main_process_port", "0"]
PAGE = Path(__file__).parents[2] / "docs" / "train.md"


def fsdp_file(folder: Path) -> Path:
    """The configuration that docs/train.md shows."""
    (shown,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = folder / "fsdp.yaml"
    file.write_text(shown.replace("num_processes: 4", "num_processes: 2"), encoding="utf-8")
    return file


def fsdp(folder: Path) -> list[str]:
    """Launch under FSDP; the module and its arguments follow."""
    return [*LAUNCH, "--config_file", str(fsdp_file(folder)), *PLAIN]


def ddp() -> list[str]:
    """Launch under DDP."""
    return [*LAUNCH, "--multi_gpu", *PLAIN]
