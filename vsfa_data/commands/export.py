"""`vsfa-data export`: a release in the form that another trainer takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.hub import Endpoint, Revision, here, release_folder
from vsfa_data.console.output import print_json, say

EXAMPLES: Final = (
    "vsfa-data export out/quickstart --format llava --out out/llava",
    "vsfa-data export team/vsfa@v1.2.0 --format webdataset --config control --out out/tars",
)


def export(
    release: Annotated[
        str, typer.Argument(help="A release folder, the --out of a build, or a Hub id, id@tag.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to; an older export is replaced.")],
    name: Annotated[str, typer.Option("--format", help="llava, sharegpt or webdataset.")] = "llava",
    config: Annotated[
        str | None, typer.Option(help="Config to export. Default: the release's first.")
    ] = None,
    revision: Revision = None,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Write a release as LLaVA, ShareGPT or WebDataset has it.

    The release is verified first. TRL takes it as it is: its columns are `messages` and `image`.
    """
    from vsfa_data.release.export import check
    from vsfa_data.release.export import export as run

    target = here(str(out))
    check(name, target)  # before anything is downloaded
    with release_folder(release, revision, endpoint, quiet=as_json) as folder:
        label = f"{release} --revision {revision}" if revision else release
        done = run(folder, name, target, config, label=label)
    if as_json:
        print_json({"path": str(done.path), "config": done.config, "splits": done.counts})
        return
    for split, rows in done.counts.items():
        say(f"{done.config}/{split}: {rows:,} rows")
    say(f"written: {done.path}")
