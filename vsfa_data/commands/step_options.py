"""The options of `vsfa-data build` and of the commands that stop after one of its steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Recipe = Annotated[
    str, typer.Argument(help="Recipe: a name that `vsfa-data recipes` lists, or a file.")
]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the workspace and the release. Default: out/NAME."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a recipe key (repeatable)."),
]
Seed = Annotated[int | None, typer.Option(help="Override the recipe's seed.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Collect at most this many images.")]
Workers = Annotated[
    int | None,
    typer.Option(min=0, help="Worker processes; 0 runs in this one. Default: all cores."),
]
ShardSize = Annotated[
    int | None,
    typer.Option(min=1, max=100_000, help="Images in one shard. Default: 8 to 64."),
]
Relist = Annotated[
    bool,
    typer.Option("--relist", help="Ask search services anew, whatever they said before."),
]
Forgets = Annotated[
    list[str] | None,
    typer.Option(
        "--forget",
        metavar="REF",
        help="Only list an image (image_id or source_ref) as never to be collected again.",
    ),
]
Reason = Annotated[str | None, typer.Option(help="Why it is to be forgotten.")]
Show = Annotated[int, typer.Option(min=0, metavar="N", help="Print N whole conversations.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
