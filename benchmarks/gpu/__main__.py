"""`python -m benchmarks.gpu NAME ... [--device cpu --small]`: what needs an accelerator."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.row import Row

NAMES = ("score", "caption", "train", "spread")


def main() -> None:
    """Run the named ones; print each row as it comes, and one table last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="toy sizes: does it run at all")
    given = parser.parse_args()
    lines: list[tuple[str, ...]] = [("what", "here", "limit", "unit", "ratio", "goal", "")]
    for name in given.names:
        module = importlib.import_module(f"benchmarks.gpu.{name}")
        for row in module.measure(given.device, small=given.small):
            lines.append(_cells(row))
            print(" | ".join(lines[-1]), file=sys.stderr, flush=True)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"\nbenchmarks on {given.device}")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


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
