"""`vsfa-data rejects`: why a build left out what it left out, and examples to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, say

if TYPE_CHECKING:
    from vsfa_data.pipeline.rejects import Found

EXAMPLES: Final = (
    "vsfa-data rejects out/quickstart",
    "vsfa-data rejects out/mine --stage filter --limit 0",
    "vsfa-data rejects out/mine --reason http_status --limit 1000 --json",
)

_MOST_CHARS: Final = 300


def rejects(
    out: Annotated[Path, typer.Argument(help="The --out folder of a build.")],
    *,
    stage: Annotated[
        str | None, typer.Option(help="Only what this stage, or all of this step, rejected.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only what was rejected for this reason.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="Examples of each reason; 0: counts alone.")
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Tell why a build rejected what it did, with examples.

    Works while the build runs and after it. docs/tables.md has all reasons.
    """
    from vsfa_data.pipeline import rejects as reading
    from vsfa_data.resources import user_path

    found = reading.read(user_path(out), limit, reason, stage)
    if as_json:
        print_json(_plain(found))
    else:
        _show(found, is_part=reason is not None or stage is not None)


def _plain(found: Found) -> dict[str, Any]:
    rows = [{**row.group._asdict(), **row._asdict()} for row in found.rows]
    for row in rows:
        del row["group"]
    return {
        "rejected": [{**group._asdict(), "count": n} for group, n in found.counts.items()],
        "rows": rows,
        "notes": found.notes,
    }


def _show(found: Found, *, is_part: bool) -> None:
    from vsfa_data import tables
    from vsfa_data.console.tables import show_list

    for note in found.notes:
        say(f"note: {note}")
    if not found.counts:
        what = "nothing of that stage or reason" if is_part else "nothing"
        say(f"{what} was rejected" + " so far" * bool(found.notes))
        return
    counted = [
        (group.reason, f"{count:,}", group.stage, tables.REASONS.get(group.reason, ""))
        for group, count in found.counts.items()
    ]
    show_list("rejected", ("reason", "count", "stage", "meaning"), counted)
    if found.rows:
        shown = [
            (r.group.reason, _cut(r.source_ref or r.image_id or ""), _cut(r.detail or ""))
            for r in found.rows
        ]
        show_list("examples", ("reason", "of", "detail"), shown)


def _cut(text: str) -> str:
    """As much of a text as is read in a table, where one long cell makes all rows as wide."""
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1]}…"
