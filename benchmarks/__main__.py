"""`python -m benchmarks [NAME ...]`: run all or the named ones, print one table."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from benchmarks.row import Row

NAMES = (
    "startup",
    "quickstart",
    "collect",
    "collect_bad",
    "collect_waits",
    "filter",
    "filter_folds",
    "ask",
    "grounding",
    "score",
    "memory",
    "collect_memory",
    "endpoint",
    "duplicates",
    "package",
    "train",
    "embedded_vlm",
)


def main() -> None:
    """Run them and print: what, here, limit, ratio, goal."""
    chosen = sys.argv[1:] or list(NAMES)
    if unknown := sorted(set(chosen) - set(NAMES)):
        raise SystemExit(f"no benchmark {', '.join(unknown)}. Choose from: {', '.join(NAMES)}")
    table = Table(title="benchmarks", title_justify="left", show_edge=False)
    for column in ("what", "here", "limit", "unit", "ratio", "goal", ""):
        table.add_column(column, justify="left" if column in {"what", "unit"} else "right")
    for row in _rows(chosen):
        table.add_row(
            row.what,
            f"{row.here:.3g}",
            f"{row.limit:.3g}",
            row.unit,
            f"{row.ratio:.2f}",
            row.goal,
            "met" if row.met else "missed",
        )
    Console().print(table)


def _rows(chosen: list[str]) -> Iterator[Row]:
    for name in chosen:
        print(f"{name} ...", file=sys.stderr, flush=True)
        yield from importlib.import_module(f"benchmarks.{name}").measure()


if __name__ == "__main__":
    main()
