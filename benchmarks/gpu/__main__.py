"""`python -m benchmarks.gpu NAME ... [--device cpu --small]`: what needs an accelerator."""

from __future__ import annotations

import argparse
import importlib
import sys

from rich.console import Console
from rich.table import Table

NAMES = ("score", "caption", "train")


def main() -> None:
    """Run the named ones; print each row as it comes, and one table last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="toy sizes: does it run at all")
    given = parser.parse_args()
    table = Table(title=f"benchmarks on {given.device}", title_justify="left", show_edge=False)
    for column in ("what", "here", "limit", "unit", "ratio", "goal", ""):
        table.add_column(column, justify="left" if column in {"what", "unit"} else "right")
    for name in given.names:
        module = importlib.import_module(f"benchmarks.gpu.{name}")
        for row in module.measure(given.device, small=given.small):
            cells = (
                row.what,
                f"{row.here:.3g}",
                f"{row.limit:.3g}",
                row.unit,
                f"{row.ratio:.2f}",
                row.goal,
                "met" if row.met else "missed",
            )
            print(" | ".join(cells), file=sys.stderr, flush=True)
            table.add_row(*cells)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
