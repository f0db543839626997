"""`vsfa-data export`: a release in the form that another trainer takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from vsfa_data.commands.output import AsJson, print_json, say

EXAMPLES: Final = (
    "vsfa-data export out/quickstart --format llava --out out/llava",
    "vsfa-data export out/quickstart --format webdataset --config mixed --out out/tars",
)


def export(
    folder: Annotated[Path, typer.Argument(help="A release folder, or the --out of a build.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to; an older export is replaced.")],
    name: Annotated[str, typer.Option("--format", help="llava, sharegpt or webdataset.")] = "llava",
    config: Annotated[
        str | None, typer.Option(help="Config to export. Default: the release's first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a release in the form of another trainer: LLaVA, ShareGPT, WebDataset.

    TRL takes a release as it is: its columns are `messages` and `image`.
    """
    from vsfa_data.release.export import export as run

    done = run(folder, name, out, config)
    if as_json:
        print_json({"path": str(done.path), "config": done.config, "splits": done.counts})
        return
    for split, rows in done.counts.items():
        say(f"{done.config}/{split}: {rows:,} rows")
    say(f"written: {done.path}")
