"""`vsfa-data replies`: what captioners replied, what it cost, and the replies as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, say
from vsfa_data.errors import UserError
from vsfa_data.files import near_folder

EXAMPLES: Final = (
    "vsfa-data replies out/vlm",
    "vsfa-data replies out/vlm --export replies.jsonl",
    "vsfa-data replies out/again --import replies.jsonl",
)


def replies(
    out: Annotated[Path, typer.Argument(help="The --out folder of a build.")],
    *,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all replies, one JSON a line.")
    ] = None,
    take_in: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Add the replies of such a file first."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sum up, export or import the replies of a build's captioner.

    Replies that were imported are replayed by the next build, which asks for the rest alone.
    """
    from vsfa_data.caption.prompted import reply_files
    from vsfa_data.resources import user_path

    out = user_path(out)
    said: dict[str, Any] = {}
    folder = out / "work" / "replies"
    if take_in is not None:
        _require_meant(out)
        said["imported"] = reply_files.take_in(folder, user_path(take_in))
    sums = reply_files.sums(folder)
    if not sums:
        other = "" if out.is_dir() else near_folder.meant(str(out))
        raise UserError(
            f"{out} keeps no replies. A build keeps those of a captioner that is asked in words "
            f"(transformers, endpoint): give its --out folder, run it until it has some, or take "
            f"in those of another with --import FILE{other}"
        )
    if export is not None:
        said["exported"] = reply_files.export(folder, user_path(export))
    if as_json:
        print_json({"captioners": [one._asdict() for one in sums], **said})
        return
    _show(sums)
    for what, count in said.items():
        say(f"{count} replies {what}")


def _require_meant(out: Path) -> None:
    """Raise UserError if a folder is named that is not there, and one of nearly that name is."""
    if not out.exists() and (other := near_folder.meant(str(out))):
        raise UserError(
            f"there is no folder {out} yet{other} If a new one is meant, make it first: mkdir {out}"
        )


def _show(sums: list[Any]) -> None:
    from vsfa_data.console.tables import show_list

    columns = ("replies", "cut off", "refused", "tokens in", "out", "cost", "prompts", "captioner")
    rows = [
        (
            *(f"{number:,}" for number in (one.replies, one.cut_off, one.refused)),
            *("-" if number is None else f"{number:,}" for number in one[5:7]),
            "-" if one.cost is None else f"{one.cost:,.2f}",
            one.version,
            _short(one.captioner),
        )
        for one in sums
    ]
    show_list("replies", columns, rows)


def _short(identity: str) -> str:
    """A captioner's identity as people tell them apart: checksums by their beginnings."""
    head, found, rest = identity.partition("sha256:")
    return f"{head}{found}{rest[:8]}" if found else identity
