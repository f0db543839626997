"""`python -m benchmarks.gpu NAME ... [--device cpu --small]`: what needs an accelerator."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from benchmarks.gpu.scope import Scope
from benchmarks.row import Row

NAMES = ("score", "caption", "train", "qlora", "spread")


def main() -> None:
    """Run the named ones; print each row as it comes, and one table last."""
    given = _arguments()
    scope = Scope(given.small, given.brief, given.only)
    lines: list[tuple[str, ...]] = [("what", "here", "limit", "unit", "ratio", "goal", "")]
    for name in given.names:
        module = importlib.import_module(f"benchmarks.gpu.{name}")
        for row in module.measure(given.device, scope):
            lines.append(_cells(row))
            print(" | ".join(lines[-1]), file=sys.stderr, flush=True)
            if given.rows:
                with given.rows.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(lines[-1]) + "\n")
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"\nbenchmarks on {_device(given.device)}")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="toy sizes: does it run at all")
    parser.add_argument("--brief", action="store_true", help="fewer rounds, at full size")
    parser.add_argument("--only", default="", help="words of the parts wanted, such as 'SigLIP'")
    parser.add_argument("--rows", type=Path, help="a file to which each row is added as it comes")
    return parser.parse_args()


def _device(device: str) -> str:
    """Its name and the versions that decide how fast it is."""
    import torch
    import transformers

    name = torch.cuda.get_device_name() if device.startswith("cuda") else device
    return f"{name}, torch {torch.__version__}, transformers {transformers.__version__}"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        f"{row.here:.4g}",
        f"{row.limit:.4g}",
        row.unit,
        f"{row.ratio:.2f}",
        row.goal,
        ("met" if row.met else "missed") if row.goal else "",
    )


if __name__ == "__main__":
    main()
